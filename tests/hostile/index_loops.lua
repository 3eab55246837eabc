-- Chains of __index, __newindex and __call that bite their tails.
--! end = done
local t = {}
setmetatable(t, { __index = t, __newindex = t })
assert(not pcall(function() return t.x end))
assert(not pcall(function() t.x = 1 end))
local a, b = {}, {}
setmetatable(a, { __index = b, __newindex = b, __call = b })
setmetatable(b, { __index = a, __newindex = a, __call = a })
assert(not pcall(function() return a.x end))
assert(not pcall(function() a.x = 1 end))
assert(not pcall(a))
assert(not pcall(function() return a() end))
