-- The length operator on strings and sequences.
print(#"", #"abc", #"a\0b", #("x"):rep(1000))  --> 0	3	3	1000
print(#{}, #{ 1, 2, 3 }, #{ n = 1 }, #{ 1, 2, nil }, #{ [1] = 1, [2] = 2 })  --> 0	3	0	2	2
local t = {}
for i = 1, 100 do t[i] = i end
print(#t)  --> 100
for i = 100, 51, -1 do t[i] = nil end
print(#t)  --> 50
t[#t + 1] = "x"
print(#t, t[51])  --> 51	x
for i = 1, 51 do t[i] = nil end
print(#t, next(t))  --> 0	nil
print(#{ table.unpack({ 1, 2, 3 }) }, #{ (table.unpack({ 1, 2, 3 })) })  --> 3	1
local sparse = {}
for i = 10, 1, -1 do sparse[i] = i end
print(#sparse)  --> 10

-- Of several borders PUC Lua finds one by doubling from the end of the list, and so do we.
print(#{ "a", nil, nil, "b", [5] = "c", [7] = "d" }, #{ 1, 2, 3, 4, [5] = 5, [6] = 6, [8] = 8 },
  #{ 1, 2, [3] = 3, [4] = 4, [6] = 6, [5] = 5 })  --> 5	8	6
