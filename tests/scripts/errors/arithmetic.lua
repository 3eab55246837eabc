-- Arithmetic on values that are not numbers.
local function fails(f, ...) print(select(2, pcall(f, ...))) end
local up
local t = { x = {}, s = "word" }
fails(function() local a; return a + 1 end)
--> arithmetic.lua:5: attempt to perform arithmetic on a nil value (local 'a')
fails(function() local a; return 1 + a end)
--> arithmetic.lua:7: attempt to perform arithmetic on a nil value (local 'a')
fails(function() local a = {}; return a - 1 end)
--> arithmetic.lua:9: attempt to perform arithmetic on a table value (local 'a')
fails(function() return up * 2 end)
--> arithmetic.lua:11: attempt to perform arithmetic on a nil value (upvalue 'up')
fails(function() return undefined / 2 end)
--> arithmetic.lua:13: attempt to perform arithmetic on a nil value (global 'undefined')
fails(function() return t.x % 2 end)
--> arithmetic.lua:15: attempt to perform arithmetic on a table value (field 'x')
fails(function() return 2 ^ t.y end)
--> arithmetic.lua:17: attempt to perform arithmetic on a nil value (field 'y')
fails(function() return t[1] // 2 end)
--> arithmetic.lua:19: attempt to perform arithmetic on a nil value (field 'integer index')
fails(function() local a = true; return -a end)
--> arithmetic.lua:21: attempt to perform arithmetic on a boolean value (local 'a')
fails(function() return -undefined end)
--> arithmetic.lua:23: attempt to perform arithmetic on a nil value (global 'undefined')
fails(function() return -t.x end)
--> arithmetic.lua:25: attempt to perform arithmetic on a table value (field 'x')
fails(function() return nil + 1 end)
--> arithmetic.lua:27: attempt to perform arithmetic on a nil value
fails(function() return 1 + nil end)
--> arithmetic.lua:29: attempt to perform arithmetic on a nil value
fails(function() return {} + {} end)
--> arithmetic.lua:31: attempt to perform arithmetic on a table value
fails(function() return print - 1 end)
--> arithmetic.lua:33: attempt to perform arithmetic on a function value (global 'print')
fails(function() local a, b = 1; return a + b end)
--> arithmetic.lua:35: attempt to perform arithmetic on a nil value (local 'b')
fails(function() local a, b = {}, {}; return a + b end)
--> arithmetic.lua:37: attempt to perform arithmetic on a table value (local 'a')
fails(function() return "abc" + 1 end)
--> arithmetic.lua:39: attempt to add a 'string' with a 'number'
fails(function() return 1 + "abc" end)
--> arithmetic.lua:41: attempt to add a 'number' with a 'string'
fails(function() return t.s * 2 end)
--> arithmetic.lua:43: attempt to mul a 'string' with a 'number'
fails(function() return -t.s end)  --> arithmetic.lua:45: attempt to unm a 'string' with a 'string'
fails(function() return "a" + "b" end)
--> arithmetic.lua:46: attempt to add a 'string' with a 'string'
fails(function() return "10" + {} end)
--> arithmetic.lua:48: attempt to add a 'string' with a 'table'
fails(function() return {} + "10" end)
--> arithmetic.lua:50: attempt to add a 'table' with a 'string'
fails(function() return "abc" + nil end)
--> arithmetic.lua:52: attempt to add a 'string' with a 'nil'
fails(function() return 1 // 0 end)  --> arithmetic.lua:54: attempt to divide by zero
fails(function() return 1 % 0 end)  --> arithmetic.lua:55: attempt to perform 'n%0'
fails(function() local z = 0; return 5 // z, 5 % z end)
--> arithmetic.lua:56: attempt to divide by zero
fails(function() local z = 0; return 5 % z end)  --> arithmetic.lua:58: attempt to perform 'n%0'
fails(function(a, b) return a + b end, 1, {})
--> arithmetic.lua:59: attempt to perform arithmetic on a table value (local 'b')
fails(function() t.count = t.count + 1 end)
--> arithmetic.lua:61: attempt to perform arithmetic on a nil value (field 'count')
fails(function() total = total + 1 end)
--> arithmetic.lua:63: attempt to perform arithmetic on a nil value (global 'total')
fails(function() up = up + 1 end)
--> arithmetic.lua:65: attempt to perform arithmetic on a nil value (upvalue 'up')
fails(function() local i = 1; local a = {}; return a[i] + 1 end)
--> arithmetic.lua:67: attempt to perform arithmetic on a nil value (field '?')
fails(function() return #t + nil end)
--> arithmetic.lua:69: attempt to perform arithmetic on a nil value
fails(function() return 1 < 2 and 2 + true end)
--> arithmetic.lua:71: attempt to perform arithmetic on a boolean value
