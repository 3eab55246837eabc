-- Keys that are meant to collide: the time per key stays bounded.
--! end = done|deadline
local t = {}
for i = 1, 60000 do t[i << 32] = i end
for i = 1, 60000 do t[i * 2.0 ^ 40] = i end
for i = 1, 60000 do t[("%016d"):format(i) .. ("x"):rep(20)] = i end
for i = 1, 60000 do t[("x"):rep(20) .. ("%016d"):format(i) .. ("x"):rep(20)] = i end
assert(t[5 << 32] == 5)
