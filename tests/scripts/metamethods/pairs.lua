-- __pairs replaces the iteration of pairs; ipairs respects __index.
local t = setmetatable({}, { __pairs = function(self)
  return function(_, k) k = (k or 0) + 1 if k <= 3 then return k, k * k end end, self, nil
end })
for k, v in pairs(t) do print(k, v) end
--> 1	1
--> 2	4
--> 3	9
print(pairs(setmetatable({}, { __pairs = function(...) return 1, 2, 3, 4 end })))  --> 1	2	3
print(select("#", pairs(setmetatable({}, { __pairs = function() end }))))  --> 3
print(pcall(pairs, setmetatable({}, { __pairs = function() error("no pairs", 0) end })))
--> false	no pairs
local proxy = setmetatable({}, { __index = function(_, i) if i <= 3 then return "v" .. i end end })
for i, v in ipairs(proxy) do print(i, v) end
--> 1	v1
--> 2	v2
--> 3	v3
for k in pairs(proxy) do print("never", k) end
print(pcall(pairs))  --> false	bad argument #1 to 'pairs' (value expected)
print(pcall(function() for _ in pairs(nil) do end end))
--> false	pairs.lua:20: bad argument #1 to 'for iterator' (table expected, got nil)
print(pcall(function() for _ in ipairs(nil) do end end))  --> false	attempt to index a nil value
local f, s, c = pairs({})
print(f == next, type(s), c)  --> true	table	nil
local g, u, z = ipairs({})
print(type(g), type(u), z)  --> function	table	0
print(next(proxy), next({}, nil))  --> nil	nil
