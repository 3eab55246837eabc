-- __concat: called when an operand is neither string nor number; right associative.
local mt = {}
mt.__concat = function(a, b)
  local function name(v) return type(v) == "table" and v.name or tostring(v) end
  return setmetatable({ name = "(" .. name(a) .. ".." .. name(b) .. ")" }, mt)
end
local o = setmetatable({ name = "o" }, mt)
print((o .. "x").name, ("x" .. o).name, (o .. o).name, (1 .. o).name, (o .. 2.5).name)
--> (o..x)	(x..o)	(o..o)	(1..o)	(o..2.5)
print(("a" .. "b" .. o).name, (o .. "a" .. "b").name, ("a" .. o .. "b" .. 1).name)
--> (a..(b..o))	(o..ab)	(a..(o..b1))
print((o .. nil).name, (true .. o).name, ({} == o))  --> (o..nil)	(true..o)	false
local plain = setmetatable({}, { __concat = function(a, b) return "result" end })
print(plain .. "x", "a" .. "b" .. plain, plain .. "a" .. "b", "p" .. plain .. "q")
--> result	aresult	result	presult
print(pcall(function() return "a" .. {} end))
--> false	concat.lua:16: attempt to concatenate a table value
print(pcall(function() return {} .. "a" end))
--> false	concat.lua:18: attempt to concatenate a table value
print(pcall(function() return "a" .. nil .. "b" end))
--> false	concat.lua:20: attempt to concatenate a nil value
print(pcall(function() return "a" .. "b" .. setmetatable({}, {}) end))
--> false	concat.lua:22: attempt to concatenate a table value
