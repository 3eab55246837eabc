-- Loops at the ends of the integers.
--! end = done
local count = 0
for i = math.maxinteger - 2, math.maxinteger do count = count + 1 end
for i = math.mininteger + 2, math.mininteger, -1 do count = count + 1 end
for i = math.maxinteger, math.mininteger, math.mininteger do count = count + 1 end
for i = 1, 0 do count = count + 1 end
for i = 1, math.huge, math.maxinteger do count = count + 1 end
assert(count == 3 + 3 + 2 + 0 + 1, count)
assert(not pcall(function() for i = 1, 10, 0 do end end))
assert(not pcall(function() for i = 1, 10, 0.0 do end end))
for i = 1, 0 / 0 do error("never") end
for i = 1.0, 3, 0 / 0 do error("never") end
