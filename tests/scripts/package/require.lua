-- require: what it looks for, what it keeps, and what it says.
local folder = os.tmpname()
os.remove(folder)
local name = folder:match("[^/]*$")
package.path = "/tmp/?.module;" .. package.path
local function write(text)
  local file = io.open("/tmp/" .. name .. ".module", "w")
  file:write(text)
  file:close()
end
write("return { given = { ... } }")
local module, where = require(name)
print(module.given[1] == name, module.given[2] == where, where == "/tmp/" .. name .. ".module")
print(require(name) == module, select("#", require(name)), package.loaded[name] == module)
package.loaded[name] = nil
write("x = 1")
print(require(name), x, package.loaded[name])
package.loaded[name] = nil
write("x = = 1")
local ok, message = pcall(require, name)
print(ok, (message:gsub(name, "NAME")))
package.loaded[name] = nil
write("error('inside')")
ok, message = pcall(require, name)
print(ok, (message:gsub(name, "NAME")))
write("local co = coroutine.running() return select(2, coroutine.running())")
print((require(name)))
os.remove("/tmp/" .. name .. ".module")
package.preload.made = function(...) print(...) return nil end
print(require("made"), package.loaded.made)
package.path, package.cpath = "./?.none", ""
print(pcall(require, "a.b"))
package.path = nil
print(pcall(require, "c"))
package.path = ""
print(package.searchpath("a.b", "./?.x;/?/y"))
print(package.searchpath("a-b", "?;?.z", "-", "+"))
print(package.loadlib("x", "y") == nil, #package.searchers, package.config)
package.searchers = { function(n) return "no " .. n end, function() end, function() return 7 end }
print(pcall(require, "d"))
package.searchers = nil
print(pcall(require, "e"))
print(pcall(require))
print(require("string") == string, require("_G") == _G)

--> true	true	true
--> true	1	true
--> true	1	true
--> false	error loading module 'NAME' from file '/tmp/NAME.module':
--> 	/tmp/NAME.module:1: unexpected symbol near '='
--> false	/tmp/NAME.module:1: inside
--> true
--> made	:preload:
--> true	true
--> false	module 'a.b' not found:
--> 	no field package.preload['a.b']
--> 	no file './a/b.none'
--> 	no file ''
--> 	no file ''
--> false	'package.path' must be a string
--> nil	no file './a/b.x'
--> 	no file '/a/b/y'
--> nil	no file 'a+b'
--> 	no file 'a+b.z'
--> true	4	/
--> ;
--> ?
--> !
--> -
-->
--> false	module 'd' not found:
--> 	no d
--> 	7
--> false	'package.searchers' must be a table
--> false	bad argument #1 to 'require' (string expected, got no value)
--> true	true
