-- Bitwise operators on values without an integer representation.
local function fails(f, ...) print(select(2, pcall(f, ...))) end
local t = { f = 1.5 }
fails(function() return 1.5 & 1 end)  --> bitwise.lua:4: number has no integer representation
fails(function() local a = 1.5; return a | 1 end)
--> bitwise.lua:5: number (local 'a') has no integer representation
fails(function() local a = 2^63; return a | 1 end)
--> bitwise.lua:7: number (local 'a') has no integer representation
fails(function() return t.f ~ 1 end)
--> bitwise.lua:9: number (field 'f') has no integer representation
fails(function() return ~t.f end)
--> bitwise.lua:11: number (field 'f') has no integer representation
fails(function() return ~1.5 end)  --> bitwise.lua:13: number has no integer representation
fails(function() return 1 << 1.5 end)  --> bitwise.lua:14: number has no integer representation
fails(function() return 2^70 >> 1 end)  --> bitwise.lua:15: number has no integer representation
fails(function() return math.huge & 1 end)
--> bitwise.lua:16: number (field 'huge') has no integer representation
fails(function() return (0/0) & 1 end)  --> bitwise.lua:18: number has no integer representation
fails(function() local a; return a & 1 end)
--> bitwise.lua:19: attempt to perform bitwise operation on a nil value (local 'a')
fails(function() return 1 & undefined end)
--> bitwise.lua:21: attempt to perform bitwise operation on a nil value (global 'undefined')
fails(function() return t.x | 1 end)
--> bitwise.lua:23: attempt to perform bitwise operation on a nil value (field 'x')
fails(function() return {} ~ 1 end)
--> bitwise.lua:25: attempt to perform bitwise operation on a table value
fails(function() return ~{} end)
--> bitwise.lua:27: attempt to perform bitwise operation on a table value
fails(function() return true << 1 end)
--> bitwise.lua:29: attempt to perform bitwise operation on a boolean value
fails(function() return "a" & 1 end)
--> bitwise.lua:31: attempt to perform bitwise operation on a string value (constant 'a')
fails(function() return 1 | "1.5" end)
--> bitwise.lua:33: attempt to perform bitwise operation on a string value (constant '1.5')
fails(function() return ~"x" end)
--> bitwise.lua:35: attempt to perform bitwise operation on a string value (constant 'x')
fails(function() local s = "3"; return s & 1 end)
--> bitwise.lua:37: attempt to perform bitwise operation on a string value (local 's')
fails(function() return 1.5 & {} end)
--> bitwise.lua:39: attempt to perform bitwise operation on a table value
fails(function() return 1.5 & "a" end)
--> bitwise.lua:41: attempt to perform bitwise operation on a string value (constant 'a')
