-- Constructors that promise more than they hold.
--! end = done|memory
local many = ("nil,"):rep(20000)
local t = assert(load("return {" .. many .. "}"))()
assert(next(t) == nil)
local keyed = {}
for i = 1, 5000 do keyed[i] = "k" .. i .. "=" .. i end
assert(assert(load("return {" .. table.concat(keyed, ",") .. "}"))().k5000 == 5000)
