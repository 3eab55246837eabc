-- Ordering values that have no order.
local function fails(f, ...) print(select(2, pcall(f, ...))) end
fails(function() return 1 < "2" end)  --> compare.lua:3: attempt to compare number with string
fails(function() return "1" < 2 end)  --> compare.lua:4: attempt to compare string with number
fails(function() return nil < 1 end)  --> compare.lua:5: attempt to compare nil with number
fails(function() return 1 < nil end)  --> compare.lua:6: attempt to compare number with nil
fails(function() return nil < nil end)  --> compare.lua:7: attempt to compare two nil values
fails(function() return {} < {} end)  --> compare.lua:8: attempt to compare two table values
fails(function() return {} <= 1 end)  --> compare.lua:9: attempt to compare table with number
fails(function() return 1 > {} end)  --> compare.lua:10: attempt to compare table with number
fails(function() return true < false end)  --> compare.lua:11: attempt to compare two boolean values
fails(function() return print <= print end)
--> compare.lua:12: attempt to compare two function values
fails(function() return "a" >= nil end)  --> compare.lua:14: attempt to compare nil with string
fails(function() return 1.5 > "x" end)  --> compare.lua:15: attempt to compare string with number
fails(function() local a, b = 1; if a < b then end end)
--> compare.lua:16: attempt to compare number with nil
fails(function() local a; while a < 10 do end end)
--> compare.lua:18: attempt to compare nil with number
fails(function() local a; return a > 5 end)  --> compare.lua:20: attempt to compare number with nil
fails(function() local a = {}; return a <= 5.5 end)
--> compare.lua:21: attempt to compare table with number
fails(function() return {} < "x" end)  --> compare.lua:23: attempt to compare table with string
fails(function() return coroutine.create(print) < 1 end)
--> compare.lua:24: attempt to compare thread with number
fails(function() local t = { 3, "x", 1 }; table.sort(t) end)
--> attempt to compare string with number
