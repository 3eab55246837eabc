-- load: text, pieces, names, modes, environments.
print(load("return 1 + 1")())  --> 2
print(load("x = ")) print(load("return", "name")())
--> nil	[string "x = "]:1: unexpected symbol near <eof>
-->
print(select("#", load("return")()))  --> 0
local pieces = { "return ", "1", " + ", "2", nil }
local i = 0
print(load(function() i = i + 1 return pieces[i] end)())  --> 3
i = 0
pieces = { "return 'a'", "", " .. 'never'" }
print(load(function() i = i + 1 return pieces[i] end)())  --> a
print(pcall(load, function() return {} end))  --> true	nil	reader function must return a string
print(pcall(load, function() error("reader failed", 0) end))  --> true	nil	reader failed
print(load("syntax error here", "=name"))  --> nil	name:1: syntax error near 'error'
print(load("syntax error here", "@file.lua"))  --> nil	file.lua:1: syntax error near 'error'
print(load("return ...", "c", "t")(7, 8))  --> 7	8
print(load("return 1", "c", "b"))  --> nil	attempt to load a text chunk (mode is 'b')
print(load("return 1", "=c", "b"))  --> nil	attempt to load a text chunk (mode is 'b')
print(load("return 1", "c", "bt")())  --> 1
print(load("\27Lua", "=binary", "t"))  --> nil	attempt to load a binary chunk (mode is 't')
local env = { y = 5 }
print(load("return y", "c", "t", env)())  --> 5
load("z = 6", "c", "t", env)()
print(env.z, z)  --> 6	nil
print(load("return print", "=c", "t", {})())  --> nil
print(pcall(load("return x.y", "=c", "t", {})))
--> false	c:1: attempt to index a nil value (global 'x')
print(load("return _ENV", "c", "t", 5)())  --> 5
print(pcall(load("return a", "=c", "t", nil)))
--> false	c:1: attempt to index a nil value (upvalue '_ENV')
print(pcall(load))  --> false	bad argument #1 to 'load' (function expected, got no value)
print(pcall(load, 5))  --> true	nil	[string "5"]:1: unexpected symbol near '5'
print(pcall(load, {}))  --> false	bad argument #1 to 'load' (function expected, got table)
local f, g = load("local n = 0; return function() n = n + 1 return n end")(), nil
print(f(), f())  --> 1	2
print(load("-- only a comment") ~= nil, load("") ~= nil)  --> true	true
print(load("return '" .. ("x"):rep(1000) .. "'")() == ("x"):rep(1000))  --> true
print(pcall(load("error('position')", "=pos")))  --> false	pos:1: position
print(pcall(load("\n\nerror('position')", "@pos.lua")))  --> false	pos.lua:3: position
-- A name ends where C's would.
print(select(2, load("return \0")))  --> [string "return "]:1: unexpected symbol
print(select(2, load("x =", "=a\0b")))  --> a:1: unexpected symbol near <eof>
print(select(2, load("x =", "\0b")))  --> [string ""]:1: unexpected symbol near <eof>
