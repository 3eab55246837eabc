-- __metatable protects; getmetatable and setmetatable otherwise see the real one.
local mt = {}
local t = setmetatable({}, mt)
print(getmetatable(t) == mt, getmetatable({}), getmetatable(1), getmetatable(nil))
--> true	nil	nil	nil
print(getmetatable("").__index == string, getmetatable("").__name)  --> true	nil
mt.__metatable = "locked"
print(getmetatable(t))  --> locked
print(pcall(setmetatable, t, {}))  --> false	cannot change a protected metatable
mt.__metatable = false
print(getmetatable(t), pcall(setmetatable, t, nil))
--> false	false	cannot change a protected metatable
mt.__metatable = nil
print(setmetatable(t, nil) == t, getmetatable(t))  --> true	nil
print(pcall(setmetatable, {}))
--> false	bad argument #2 to 'setmetatable' (nil or table expected, got no value)
print(pcall(setmetatable, {}, 5))
--> false	bad argument #2 to 'setmetatable' (nil or table expected, got number)
print(pcall(setmetatable, nil, {}))
--> false	bad argument #1 to 'setmetatable' (table expected, got nil)
print(pcall(getmetatable))  --> false	bad argument #1 to 'getmetatable' (value expected)
print(pcall(setmetatable, print, {}))
--> false	bad argument #1 to 'setmetatable' (table expected, got function)
