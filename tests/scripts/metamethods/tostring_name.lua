-- __tostring and __name as seen by tostring, print and error messages.
local t = setmetatable({}, { __tostring = function(self) return "I am t" end })
print(t, tostring(t))  --> I am t	I am t
print(pcall(tostring, setmetatable({}, { __tostring = function() return 5 end })))  --> true	5
print(pcall(tostring, setmetatable({}, { __tostring = function() error("no text", 0) end })))
--> false	no text
print(pcall(print, setmetatable({}, { __tostring = function() return {} end })))
--> false	'__tostring' must return a string
local n = setmetatable({}, { __name = "MyType" })
print((tostring(n):gsub("0x%x+", "ADDRESS"):gsub(": .*", ": ...")))  --> MyType: ...
print(pcall(function() return n + 1 end))
--> false	tostring_name.lua:11: attempt to perform arithmetic on a MyType value (upvalue 'n')
print(pcall(function() return n < n end))
--> false	tostring_name.lua:13: attempt to compare two MyType values
print(pcall(function() return n < 1 end))
--> false	tostring_name.lua:15: attempt to compare MyType with number
print(pcall(function() return #n .. n end))
--> false	tostring_name.lua:17: attempt to concatenate a MyType value (upvalue 'n')
print(pcall(function() n() end))
--> false	tostring_name.lua:19: attempt to call a MyType value (upvalue 'n')
print(pcall(string.rep, n))  --> false	bad argument #1 to 'string.rep' (string expected, got MyType)
print(pcall(ipairs))  --> false	bad argument #1 to 'ipairs' (value expected)
print(pcall(function() return ("x"):rep(n) end))
--> false	tostring_name.lua:23: bad argument #1 to 'rep' (number expected, got MyType)
print(pcall(setmetatable, 1, n))
--> false	bad argument #1 to 'setmetatable' (table expected, got number)
local bad = setmetatable({}, { __name = 5 })
print((tostring(bad):gsub(": .*", ": ...")))  --> table: ...
print(tostring(nil), tostring(true), tostring(12), tostring(1.0), tostring("s"))
--> nil	true	12	1.0	s
print(#tostring(print) > 10, tostring(print):match("^%a+"),
  tostring(coroutine.create(print)):match("^%a+"))  --> true	function	thread
print(string.format("%s|%10s|%.3s", t, t, t))  --> I am t|    I am t|I a
print(select(2, pcall(error, t)) == t)  --> true
