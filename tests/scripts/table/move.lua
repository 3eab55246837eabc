-- table.move.
local function show(t) return table.concat(t, " ") end
print(show(table.move({ 1, 2, 3 }, 1, 3, 2)), show(table.move({ 1, 2, 3 }, 2, 3, 1)),
  show(table.move({ 1, 2, 3 }, 1, 0, 5)))  --> 1 1 2 3	2 3 3	1 2 3
print(show(table.move({ 1, 2, 3 }, 1, 3, 1, {})), show(table.move({ 1, 2, 3 }, 2, 3, 2, { "x" })))
--> 1 2 3	x 2 3
local t = { 1, 2, 3, 4, 5 }
print(table.move(t, 1, 3, 3) == t, show(t))  --> true	1 2 1 2 3
print(show(table.move({ 1, 2, 3, 4, 5 }, 3, 5, 1)), show(table.move({ 1 }, 1, 1, 3, { "a", "b" })))
--> 3 4 5 4 5	a b 1
local d = {}
print(table.move({ 10, 20 }, 1, 2, 1, d) == d, d[1], d[2])  --> true	10	20
print(show(table.move({ [-1] = "a", [0] = "b" }, -1, 0, 1)))  --> a b
print(pcall(table.move, {}, 1, math.maxinteger, 2))
--> false	bad argument #4 to 'table.move' (destination wrap around)
print(pcall(table.move, {}, -1, math.maxinteger, 2))
--> false	bad argument #3 to 'table.move' (too many elements to move)
print(pcall(table.move, {}, 1, 2))
--> false	bad argument #4 to 'table.move' (number expected, got no value)
print(pcall(table.move, 1, 2, 3, 4))
--> false	bad argument #1 to 'table.move' (table expected, got number)
print(pcall(table.move, {}, 1, 2, 3, 5))
--> false	bad argument #5 to 'table.move' (table expected, got number)
print(pcall(table.move, {}, math.mininteger, -1, 2))
--> false	bad argument #3 to 'table.move' (too many elements to move)
local log = {}
local src = setmetatable({}, { __index = function(_, k) log[#log + 1] = "get" .. k return k end })
local dst = setmetatable({}, { __newindex = function(_, k, v) log[#log + 1] = "set" .. k .. "=" .. v end })
table.move(src, 1, 2, 3, dst)
print(table.concat(log, " "))  --> get1 set3=1 get2 set4=2
print(table.move({}, math.maxinteger, math.maxinteger, 1)[1],
  #table.move({ 1, 2 }, 1, 2, math.maxinteger - 1))  --> nil	2
