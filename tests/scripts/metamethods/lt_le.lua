-- __lt and __le; > and >= swap the operands.
local log = {}
local mt = {}
local function v(x) return type(x) == "table" and x.v or x end
mt.__lt = function(a, b) log[#log + 1] = "lt" .. v(a) .. "," .. v(b) return v(a) < v(b) end
mt.__le = function(a, b) log[#log + 1] = "le" .. v(a) .. "," .. v(b) return v(a) <= v(b) end
local function new(x) return setmetatable({ v = x }, mt) end
local a, b = new(1), new(2)
print(a < b, a > b, a <= b, a >= b, a < a, a <= a)  --> true	false	true	false	false	true
print(table.concat(log, " "))  --> lt1,2 lt2,1 le1,2 le2,1 lt1,1 le1,1
log = {}
print(a < 5, 5 < a, a <= 1, 1 <= a, a > 0, 0 > a, a >= 2.5)
--> true	false	true	true	true	false	false
print(table.concat(log, " "))  --> lt1,5 lt5,1 le1,1 le1,1 lt0,1 lt1,0 le2.5,1
print(not (a < b), not (a > b))  --> false	true
print(setmetatable({}, { __lt = function() return 1 end }) < 1)  --> true
print(setmetatable({}, { __le = function() return nil end }) <= 1)  --> false
print(pcall(function() return setmetatable({}, {}) <= 1 end))
--> false	lt_le.lua:18: attempt to compare table with number
print(pcall(function() return {} < {} end))
--> false	lt_le.lua:20: attempt to compare two table values
print(pcall(function() return {} < 1 end))
--> false	lt_le.lua:22: attempt to compare table with number
print(pcall(function() return "a" < 1 end))
--> false	lt_le.lua:24: attempt to compare string with number
local list = { new(3), new(1), new(2) }
table.sort(list)
print(list[1].v, list[2].v, list[3].v)  --> 1	2	3
print(math.max(1, 2), a < b and "less" or "not less")  --> 2	less
while a < b do a = new(a.v + 1) end
print(a.v)  --> 2
