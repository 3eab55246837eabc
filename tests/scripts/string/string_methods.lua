-- Strings as objects: methods, indexing, immutability, equality of long strings.
local s = "abc"
print(s:upper():lower():len(), ("%s"):format(s), #s:rep(3), s.len == string.len, s.x == nil)
--> 3	abc	9	true	true
print(pcall(function() s.x = 1 end))
--> false	string_methods.lua:5: attempt to index a string value (upvalue 's')
print(pcall(function() return s:nomethod() end))
--> false	string_methods.lua:7: attempt to call a nil value (method 'nomethod')
print(pcall(function() return ("x").y.z end))
--> false	string_methods.lua:9: attempt to index a nil value (field 'y')
string.shout = function(str) return str:upper() .. "!" end
print(s:shout())  --> ABC!
string.shout = nil
print(getmetatable("").__index == string, getmetatable("a") == getmetatable("b"))  --> true	true
local a, b = ("x"):rep(50), ("x"):rep(25) .. ("x"):rep(25)
local t = { [a] = "long key" }
print(a == b, t[b], #a, a < b .. "y")  --> true	long key	50	true
t["short" .. 1] = "made at run time"
print(t.short1, t["sho" .. "rt1"])  --> made at run time	made at run time
for w in s:gmatch(".") do t[w] = #t end
print(t.a, t.b, t.c)  --> 0	0	0
print(("x"):rep(3, ", "), ("%d"):rep(2):format(1, 2), (("a"):byte()))  --> x, x, x	12	97
print("a" .. 1 == "a1", 1 .. "" == "1", #(1 .. 2), ("5" + 0) == 5, "0x10" * 1)
--> true	true	2	true	16
