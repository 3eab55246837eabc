-- pcall, xpcall, assert and error: values in and out.
print(pcall(function(...) return ... end, 1, nil, 2))  --> true	1	nil	2
print(pcall(error))  --> false	nil
print(pcall(error, nil))  --> false	nil
print(pcall(error, "m", 0))  --> false	m
print(select("#", pcall(error)))  --> 2
print(assert(1, 2, 3))  --> 1	2	3
print(assert("value", "message"))  --> value	message
print(pcall(assert, false))  --> false	assertion failed!
print(pcall(assert, nil, "message"))  --> false	message
print(pcall(assert, false, 12))  --> false	12
print(select(2, pcall(assert, nil, { "t" }))[1])  --> t
print(pcall(assert))  --> false	bad argument #1 to 'assert' (value expected)
print(pcall(assert, false, nil))  --> false	nil
print(xpcall(function() return "fine", nil end, print))  --> true	fine	nil
print(xpcall(error, function(m) return m:upper() end, "shout", 0))  --> false	SHOUT
print(pcall(5))  --> false	attempt to call a number value
print(pcall(nil))  --> false	attempt to call a nil value
print(pcall(print, "printed"))
--> printed
--> true
print(pcall(pcall, error, "e"))  --> true	false	e
local ok, t = pcall(error, setmetatable({}, { __index = function(_, k) return k end }))
print(ok, t.field)  --> false	field
