-- __len for tables; strings never ask.
local t = setmetatable({ 1, 2, 3 }, { __len = function(self) return 10 end })
print(#t, rawlen(t), #setmetatable({}, { __len = function() return "text" end }))  --> 10	3	text
print(#setmetatable({ 1 }, {}), #"abc", rawlen("abc"))  --> 1	3	3
print(#setmetatable({}, { __len = function(...) return select("#", ...) end }))  --> 2
print(pcall(function() return #setmetatable({}, { __len = 5 }) end))
--> false	len.lua:6: attempt to call a number value (metamethod 'len')
print(pcall(function() return #nil end))  --> false	len.lua:8: attempt to get length of a nil value
print(pcall(function() local n = 5 return #n end))
--> false	len.lua:9: attempt to get length of a number value (local 'n')
print(#setmetatable({}, { __len = function() return nil end }), -#t, not #t)  --> nil	-10	false
local proxy = setmetatable({}, { __len = function() return 3 end, __index = function(_, i) return i * i end })
for i = 1, #proxy do io.write(proxy[i], ";") end
print()  --> 1;4;9;
print(table.concat(proxy, ","), table.unpack(proxy))  --> 1,4,9	1	4	9
print(pcall(table.concat, setmetatable({}, { __len = function() return "x" end })))
--> false	object length is not an integer
print(pcall(table.unpack, setmetatable({}, { __len = function() return 1.5 end })))
--> false	object length is not an integer
