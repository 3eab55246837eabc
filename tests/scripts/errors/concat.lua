-- Concatenation of values that are neither strings nor numbers.
local function fails(f, ...) print(select(2, pcall(f, ...))) end
local up
local t = { x = {} }
fails(function() local a; return a .. "x" end)
--> concat.lua:5: attempt to concatenate a nil value (local 'a')
fails(function() local a; return "x" .. a end)
--> concat.lua:7: attempt to concatenate a nil value (local 'a')
fails(function() return up .. "x" end)
--> concat.lua:9: attempt to concatenate a nil value (upvalue 'up')
fails(function() return "x" .. undefined end)
--> concat.lua:11: attempt to concatenate a nil value (global 'undefined')
fails(function() return t.x .. "x" end)
--> concat.lua:13: attempt to concatenate a table value (field 'x')
fails(function() return "x" .. t.y end)
--> concat.lua:15: attempt to concatenate a nil value (field 'y')
fails(function() return "a" .. "b" .. t.y .. "c" end)
--> concat.lua:17: attempt to concatenate a nil value (field 'y')
fails(function() return "a" .. true end)  --> concat.lua:19: attempt to concatenate a boolean value
fails(function() return nil .. "x" end)  --> concat.lua:20: attempt to concatenate a nil value
fails(function() return 1 .. {} end)  --> concat.lua:21: attempt to concatenate a table value
fails(function() return {} .. {} end)  --> concat.lua:22: attempt to concatenate a table value
fails(function() return print .. 1 end)
--> concat.lua:23: attempt to concatenate a function value (global 'print')
fails(function() local a, b = "x"; return a .. b end)
--> concat.lua:25: attempt to concatenate a nil value (local 'b')
fails(function() local a, b = {}, "x"; return b .. a .. b end)
--> concat.lua:27: attempt to concatenate a table value (local 'a')
fails(function() local s = "x"; for i = 1, 3 do s = s .. t[i] end end)
--> concat.lua:29: attempt to concatenate a nil value (field '?')
fails(function() return "value: " .. t end)
--> concat.lua:31: attempt to concatenate a table value (upvalue 't')
