-- table.insert and table.remove.
local function show(t) return table.concat(t, " ") end
local t = {}
table.insert(t, "a") table.insert(t, "b") table.insert(t, 1, "c") table.insert(t, 2, "d") table.insert(t, 5, "e")
print(show(t), #t, select("#", table.insert(t, "f")))  --> c d a b e	5	0
print(table.remove(t), table.remove(t, 1), show(t))  --> f	c	d a b e
print(table.remove(t, 2), show(t), table.remove(t, #t + 1), show(t))  --> a	d b e	nil	d b e
print(table.remove({}), table.remove({}, 0), #t, select("#", table.remove({})))  --> nil	nil	3	1
print(table.remove({ [0] = "zero" }, 0), table.remove({ 1, 2, 3 }, 3))  --> zero	3
while #t > 0 do table.remove(t) end
print(#t, next(t))  --> 0	nil
print(pcall(table.insert, { 1 }, 0, "x"))
--> false	bad argument #2 to 'table.insert' (position out of bounds)
print(pcall(table.insert, { 1 }, 3, "x"))
--> false	bad argument #2 to 'table.insert' (position out of bounds)
print(pcall(table.insert, { 1 }))  --> false	wrong number of arguments to 'insert'
print(pcall(table.insert, { 1 }, 1, 2, 3))  --> false	wrong number of arguments to 'insert'
print(pcall(table.insert, nil, 1))
--> false	bad argument #1 to 'table.insert' (table expected, got nil)
print(pcall(table.insert, { 1 }, "x", 2))
--> false	bad argument #2 to 'table.insert' (number expected, got string)
print(pcall(table.insert, { 1 }, 1.5, 2))
--> false	bad argument #2 to 'table.insert' (number has no integer representation)
print(pcall(table.remove, { 1, 2 }, 4))
--> false	bad argument #2 to 'table.remove' (position out of bounds)
print(pcall(table.remove, { 1, 2 }, -1))
--> false	bad argument #2 to 'table.remove' (position out of bounds)
print(pcall(table.remove, { 1, 2 }, 0))
--> false	bad argument #2 to 'table.remove' (position out of bounds)
print(pcall(table.remove))
--> false	bad argument #1 to 'table.remove' (table expected, got no value)
for i = 1, 1000 do table.insert(t, 1, i) end
print(t[1], t[1000], #t, table.remove(t, 500))  --> 1000	1	1000	501
local log = {}
local proxy = setmetatable({}, {
  __len = function() return 2 end,
  __index = function(_, k) log[#log + 1] = "get" .. k return "v" .. k end,
  __newindex = function(_, k, v) log[#log + 1] = "set" .. k .. "=" .. tostring(v) end,
})
table.insert(proxy, "x") table.insert(proxy, 1, "y")
print(table.concat(log, " "))  --> set3=x get2 set3=v2 get1 set2=v1 set1=y
log = {}
print(table.remove(proxy), table.remove(proxy, 1), table.concat(log, " "))
--> v2	v1	get2 set2=nil get1 get2 set1=v2 set2=nil
