-- Calling what cannot be called.
local function fails(f, ...) print(select(2, pcall(f, ...))) end
local up
local t = { inner = {}, n = 5 }
fails(function() local f; f() end)  --> call.lua:5: attempt to call a nil value (local 'f')
fails(function() local f = 5; return f() end)
--> call.lua:6: attempt to call a number value (local 'f')
fails(function() up() end)  --> call.lua:8: attempt to call a nil value (upvalue 'up')
fails(function() undefined() end)  --> call.lua:9: attempt to call a nil value (global 'undefined')
fails(function() t.field() end)  --> call.lua:10: attempt to call a nil value (field 'field')
fails(function() t.inner.field(1, 2) end)
--> call.lua:11: attempt to call a nil value (field 'field')
fails(function() t:method() end)  --> call.lua:13: attempt to call a nil value (method 'method')
fails(function() t.inner:method(1) end)
--> call.lua:14: attempt to call a nil value (method 'method')
fails(function() t.n() end)  --> call.lua:16: attempt to call a number value (field 'n')
fails(function() t[1]() end)  --> call.lua:17: attempt to call a nil value (field 'integer index')
fails(function() local k = "key" t[k]() end)
--> call.lua:18: attempt to call a nil value (field '?')
fails(function() (1)() end)  --> call.lua:20: attempt to call a number value
fails(function() ("x")() end)  --> call.lua:21: attempt to call a string value (constant 'x')
fails(function() (nil)() end)  --> call.lua:22: attempt to call a nil value
fails(function() ({})() end)  --> call.lua:23: attempt to call a table value
fails(function() t() end)  --> call.lua:24: attempt to call a table value (upvalue 't')
fails(function() ("x"):missing() end)
--> call.lua:25: attempt to call a nil value (method 'missing')
fails(function() string.missing("x") end)
--> call.lua:27: attempt to call a nil value (field 'missing')
fails(function() return math.nothing(1) end)
--> call.lua:29: attempt to call a nil value (field 'nothing')
fails(function() return undefined(1) end)
--> call.lua:31: attempt to call a nil value (global 'undefined')
fails(function() for _ in 5 do end end)
--> call.lua:33: attempt to call a number value (for iterator 'for iterator')
fails(function() for _ in nil do end end)
--> call.lua:35: attempt to call a nil value (for iterator 'for iterator')
fails(function() for _ in t do end end)
--> call.lua:37: attempt to call a table value (for iterator 'for iterator')
fails(function() for _ in undefined do end end)
--> call.lua:39: attempt to call a nil value (for iterator 'for iterator')
fails(nil)  --> attempt to call a nil value
fails(5)  --> attempt to call a number value
fails({})  --> attempt to call a table value
fails("text")  --> attempt to call a string value
fails(function(f) f() end, true)  --> call.lua:45: attempt to call a boolean value (local 'f')
fails(function() local a <const> = 5; a() end)  --> call.lua:46: attempt to call a number value
fails(function() t.inner.deep.er() end)
--> call.lua:47: attempt to index a nil value (field 'deep')
fails(function() t["two words"]() end)
--> call.lua:49: attempt to call a nil value (field 'two words')
