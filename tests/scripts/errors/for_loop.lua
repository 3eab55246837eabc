-- Numeric for with bad initial value, limit or step.
local function fails(f, ...) print(select(2, pcall(f, ...))) end
fails(function() for i = "a", 2 do end end)
--> for_loop.lua:3: bad 'for' initial value (number expected, got string)
fails(function() for i = 1, "a" do end end)
--> for_loop.lua:5: bad 'for' limit (number expected, got string)
fails(function() for i = 1, 2, "a" do end end)
--> for_loop.lua:7: bad 'for' step (number expected, got string)
fails(function() for i = nil, 2 do end end)
--> for_loop.lua:9: bad 'for' initial value (number expected, got nil)
fails(function() for i = 1, nil do end end)
--> for_loop.lua:11: bad 'for' limit (number expected, got nil)
fails(function() for i = 1, 2, nil do end end)
--> for_loop.lua:13: bad 'for' step (number expected, got nil)
fails(function() for i = {}, 2 do end end)
--> for_loop.lua:15: bad 'for' initial value (number expected, got table)
fails(function() for i = 1, {} do end end)
--> for_loop.lua:17: bad 'for' limit (number expected, got table)
fails(function() for i = 1, 2, {} do end end)
--> for_loop.lua:19: bad 'for' step (number expected, got table)
fails(function() for i = 1, 2, 0 do end end)  --> for_loop.lua:21: 'for' step is zero
fails(function() for i = 1.0, 2, 0 do end end)  --> for_loop.lua:22: 'for' step is zero
fails(function() for i = 1, 2, 0.0 do end end)  --> for_loop.lua:23: 'for' step is zero
fails(function() for i = 1.5, "a" do end end)
--> for_loop.lua:24: bad 'for' limit (number expected, got string)
fails(function() for i = 1, print do end end)
--> for_loop.lua:26: bad 'for' limit (number expected, got function)
fails(function() for i = {}, {}, {} do end end)
--> for_loop.lua:28: bad 'for' limit (number expected, got table)
fails(function() for i = 1, {}, 0 do end end)  --> for_loop.lua:30: 'for' step is zero
