-- select, rawequal, rawlen, rawget, rawset, type.
print(select("#"), select("#", nil), select(2, "a", "b", "c"), select(-1, "a", "b"))  --> 0	1	b	b
print(select(-2, "a", "b", "c"))  --> b	c
print(select(5, 1, 2))  -->
print(pcall(select, 0))  --> false	bad argument #1 to 'select' (index out of range)
print(pcall(select, -3, 1, 2))  --> false	bad argument #1 to 'select' (index out of range)
print(pcall(select, "x"))  --> false	bad argument #1 to 'select' (number expected, got string)
print(pcall(select))  --> false	bad argument #1 to 'select' (number expected, got no value)
print(select(2.0, "a", "b"), select("2", "a", "b"))  --> b	b
print(rawequal(1, 1.0), rawequal("a", "a"), rawequal({}, {}), rawequal(nil, false))
--> true	true	false	false
print(rawlen({ 1, 2 }), rawlen("abc"))  --> 2	3
print(pcall(rawlen, 5))
--> false	bad argument #1 to 'rawlen' (table or string expected, got number)
print(pcall(rawequal, 1))  --> false	bad argument #2 to 'rawequal' (value expected)
local t = setmetatable({}, { __index = function() return "meta" end, __newindex = function() end })
print(rawget(t, "x"), t.x, rawset(t, "x", 1) == t, rawget(t, "x"))  --> nil	meta	true	1
print(pcall(rawget, 1, 2))  --> false	bad argument #1 to 'rawget' (table expected, got number)
print(pcall(rawset, {}, 1))  --> false	bad argument #3 to 'rawset' (value expected)
print(type(1), type("s"), type(nil), type({}), type(print), type(true),
  type(coroutine.create(print)))  --> number	string	nil	table	function	boolean	thread
print(pcall(type))  --> false	bad argument #1 to 'type' (value expected)
print(select("#", type(1)), select("#", select(3, 1, 2)))  --> 1	0
