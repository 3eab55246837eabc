-- Keys that make an array part grow with few values in it.
--! end = done|memory
local t = {}
for i = 1, 60 do t[2 ^ i // 1 | 0] = i end
for i = 1, 20000 do t[i * 3] = i end
for i = 1, 20000 do t[i * 3] = nil end
assert(next(t) ~= nil)
