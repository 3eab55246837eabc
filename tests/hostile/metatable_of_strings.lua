-- The metatable of strings, changed by a script, harms its own run only.
--! end = done
local meta = getmetatable("")
meta.__index = function(s, key) return key end
assert(("x").anything == "anything")
meta.__add = function(a, b) return "sum" end
assert(("a" + "b") == "sum")
meta.__index = nil
assert(not pcall(function() return ("x"):rep(2) end))
meta.__metatable = "locked"
assert(getmetatable("") == "locked")
assert(not pcall(setmetatable, "", {}))
