-- A list that goes on in the hash part, with every power of two to mislead who looks for its end.
--! end = deadline
local t = {}
for k = 19, 62 do t[1 << k] = 1 end
for i = 1, 1 << 18 do t[i] = 1 end
t[(1 << 18) + 1] = 1
assert(#t == 1 << 62)
t[math.maxinteger] = 1
assert(#t == math.maxinteger)
load("local t = ... local _ while true do " .. ("_ = #t "):rep(20000) .. " end")(t)
