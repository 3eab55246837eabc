-- Huge indices take no array.
--! end = done
local t = {}
for shift = 20, 62 do t[1 << shift] = shift end
t[math.maxinteger], t[math.mininteger] = 1, 2
local count = 0
for _ in pairs(t) do count = count + 1 end
assert(count == 45 and #t == 0)
