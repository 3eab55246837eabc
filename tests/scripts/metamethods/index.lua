-- __index as a table, as a function, in chains, and for non-table values.
local base = { color = "red", size = 1 }
local t = setmetatable({ size = 2 }, { __index = base })
print(t.color, t.size, t.missing)  --> red	2	nil
local f = setmetatable({}, { __index = function(self, k) return k, "dropped" end })
print(f.abc, f[1], f[true], (f.x))  --> abc	1	true	x
local top = setmetatable({}, { __index = setmetatable({}, { __index = setmetatable({ deep = "found" },
  { __index = function(_, k) return "default " .. k end }) }) })
print(top.deep, top.other)  --> found	default other
print(rawget(t, "color"), rawget(f, "abc"))  --> nil	nil
base.color = "blue"
print(t.color)  --> blue
t.color = "own"
print(t.color, base.color)  --> own	blue
print(("abc").len == string.len, ("abc").missing, #("x").rep("y", 3))  --> true	nil	3
local counted = 0
local lazy = setmetatable({}, { __index = function(self, k)
  counted = counted + 1
  local v = k * 2
  rawset(self, k, v)
  return v
end })
print(lazy[1], lazy[1], lazy[2], counted)  --> 2	2	4	2
print(pcall(function() return setmetatable({}, { __index = 5 }).x end))
--> false	index.lua:24: attempt to index a number value
print(pcall(function() return setmetatable({}, { __index = function() error("inside", 0) end }).x end))
--> false	inside
local s = setmetatable({}, { __index = "text" })
print(s.len == string.len, s.upper("x"))  --> true	X
