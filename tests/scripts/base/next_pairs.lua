-- next, pairs and ipairs; changing existing fields while iterating.
print(next({}), next({ 10 }), next({ x = 1 }))  --> nil	1	x	1
local t = { 1, 2, 3, x = "a" }
local count = 0
for k, v in pairs(t) do count = count + 1 end
print(count)  --> 4
for k in pairs(t) do t[k] = nil end
print(next(t))  --> nil
t = {}
for i = 1, 100 do t[i] = i t["k" .. i] = i end
local sum = 0
for k, v in pairs(t) do
  sum = sum + v
  t[k] = nil
end
print(sum, next(t))  --> 10100	nil
local order = {}
for i, v in ipairs({ "a", "b", nil, "d" }) do order[#order + 1] = i .. v end
print(table.concat(order, " "))  --> 1a 2b
for k, v in pairs({ "x", "y", "z" }) do print(k, v) end
--> 1	x
--> 2	y
--> 3	z
t = { 1, 2, 3 }
for i, v in ipairs(t) do if i < 6 then t[#t + 1] = v * 10 end end
print(#t, t[#t])  --> 8	200
print(pcall(next, {}, "no such key"))  --> false	invalid key to 'next'
print(pcall(next))  --> false	bad argument #1 to 'next' (table expected, got no value)
print(pcall(next, 5))  --> false	bad argument #1 to 'next' (table expected, got number)
print(select("#", next({})), select("#", next({ 1 })))  --> 1	2
t = { a = 1, b = 2 }
local k = next(t)
t[k] = nil
print(next(t, k) ~= nil, next(t) ~= k)  --> true	true
local seen = {}
for k in next, { 10, 20, n = 1 } do seen[#seen + 1] = tostring(k) end
table.sort(seen)
print(table.concat(seen, " "))  --> 1 2 n
