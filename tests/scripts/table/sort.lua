-- table.sort.
local function sorted(t, f) table.sort(t, f) return table.concat(t, " ") end
print(sorted({}), sorted({ 1 }), sorted({ 2, 1 }), sorted({ 3, 1, 2 }), sorted({ 5, 5, 5 }),
  sorted({ 1, 2, 3, 4, 5 }))  --> 	1	1 2	1 2 3	5 5 5	1 2 3 4 5
print(sorted({ 5, 4, 3, 2, 1 }), sorted({ 3, 1, 2 }, function(a, b) return a > b end),
  sorted({ "b", "a", "C" }))  --> 1 2 3 4 5	3 2 1	C a b
print(sorted({ 1.5, 1, -2, 1e10, 0 }), sorted({ "10", "9", "2" }), sorted({ 3.0, 1, 2.5 }))
--> -2 0 1 1.5 10000000000.0	10 2 9	1 2.5 3.0
local t = {}
for i = 1, 500 do t[i] = (i * 7919) % 503 end
table.sort(t)
local ok = true
for i = 2, #t do ok = ok and t[i - 1] <= t[i] end
print(ok, t[1], t[500])  --> true	1	502
table.sort(t, function(a, b) return a > b end)
for i = 2, #t do ok = ok and t[i - 1] >= t[i] end
print(ok, t[1], t[500])  --> true	502	1
local people = { { n = "Bob", a = 30 }, { n = "Al", a = 25 }, { n = "Cy", a = 30 } }
table.sort(people, function(x, y) if x.a ~= y.a then return x.a < y.a end return x.n < y.n end)
for _, p in ipairs(people) do io.write(p.n, p.a, ";") end
print()  --> Al25;Bob30;Cy30;
print(pcall(table.sort, { 1, "x" }))  --> false	attempt to compare string with number
print(pcall(table.sort, { 1, nil, 3 }))  --> false	attempt to compare nil with number
print(pcall(table.sort, { 1, 2 }, 5))
--> false	bad argument #2 to 'table.sort' (function expected, got number)
print(pcall(table.sort))  --> false	bad argument #1 to 'table.sort' (table expected, got no value)
print(pcall(table.sort, { 3, 2, 1 }, function() error("in comparison", 0) end))
--> false	in comparison
print((pcall(table.sort, { 1, 2, 3, 4, 5, 6, 7, 8 }, function() return true end)))  --> false
print(select("#", table.sort({})), sorted({ true and 1, 2 }))  --> 0	1 2
local m = setmetatable({ 3, 1, 2 }, { __index = function() return 0 end })
print(sorted(m))  --> 1 2 3
local count = 0
table.sort({ 2, 1, 3 }, function(a, b) count = count + 1 return a < b end)
print(count > 0)  --> true
