-- The length of values that have none.
local function fails(f, ...) print(select(2, pcall(f, ...))) end
local up
local t = {}
fails(function() local a; return #a end)
--> length.lua:5: attempt to get length of a nil value (local 'a')
fails(function() return #up end)
--> length.lua:7: attempt to get length of a nil value (upvalue 'up')
fails(function() return #undefined end)
--> length.lua:9: attempt to get length of a nil value (global 'undefined')
fails(function() return #t.x end)
--> length.lua:11: attempt to get length of a nil value (field 'x')
fails(function() return #5 end)  --> length.lua:13: attempt to get length of a number value
fails(function() return #nil end)  --> length.lua:14: attempt to get length of a nil value
fails(function() return #print end)
--> length.lua:15: attempt to get length of a function value (global 'print')
fails(function() return #t[1] end)
--> length.lua:17: attempt to get length of a nil value (field 'integer index')
fails(function() return #true end)  --> length.lua:19: attempt to get length of a boolean value
fails(function() local n = 1.5; return #n end)
--> length.lua:20: attempt to get length of a number value (local 'n')
fails(function() for i = 1, #t.list do end end)
--> length.lua:22: attempt to get length of a nil value (field 'list')
