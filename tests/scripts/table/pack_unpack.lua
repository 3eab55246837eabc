-- table.pack, table.unpack.
local p = table.pack()
print(p.n, #p, next(p))  --> 0	0	n	0
p = table.pack(1, nil, 3, nil)
print(p.n, p[1], p[2], p[3], p[4])  --> 4	1	nil	3	nil
print(table.unpack({ 1, 2, 3 }))  --> 1	2	3
print(table.unpack({ 1, 2, 3 }, 2))  --> 2	3
print(table.unpack({ 1, 2, 3 }, 2, 3))  --> 2	3
print(table.unpack({ 1, 2, 3 }, -1, 1))  --> nil	nil	1
print(table.unpack({}, 1, 3))  --> nil	nil	nil
print(select("#", table.unpack({}, 1, 3)), select("#", table.unpack({}, 3, 1)),
  select("#", table.unpack({})))  --> 3	0	0
print(table.unpack(p, 1, p.n))  --> 1	nil	3	nil
print((table.unpack({ 1, 2 })), #{ table.unpack({ 1, 2 }), 3 })  --> 1	2
print(pcall(table.unpack, {}, 1, 1e8))  --> false	too many results to unpack
print(pcall(table.unpack, {}, math.mininteger, math.maxinteger))
--> false	too many results to unpack
print(pcall(table.unpack, {}, 1, 1 << 40))  --> false	too many results to unpack
print(table.unpack({}, math.maxinteger, math.maxinteger),
  table.unpack({}, math.maxinteger, math.mininteger))  --> nil
print(pcall(table.unpack))  --> false	attempt to get length of a nil value
print(pcall(table.unpack, {}, "x"))
--> false	bad argument #2 to 'table.unpack' (number expected, got string)
print(table.unpack("abc", 1, 2))  --> nil	nil
local t = setmetatable({}, { __len = function() return 2 end, __index = function(_, i) return "m" .. i end })
print(table.unpack(t)) print(table.unpack(t, 3, 4))
--> m1	m2
--> m3	m4
print(select("#", table.unpack({ n = 3 }, 1, 3)), math.max(table.unpack({ 3, 9, 2 })))  --> 3	9
