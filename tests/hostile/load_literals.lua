-- Huge literals, names and numerals.
--! end = done
local long = ("a"):rep(1000000)
assert(#load("return '" .. long .. "'")() == 1000000)
assert(load("return [[" .. long .. "]]")() == long)
assert(load("return " .. long)() == nil)
assert(load("return " .. ("9"):rep(100000))() == math.huge)
assert(load("return 0x" .. ("f"):rep(100000))() == -1)
assert(load("return 1e" .. ("9"):rep(100000))() == math.huge)
assert(load("return 0." .. ("0"):rep(100000) .. "1")() == 0)
assert(not load("return '" .. long))
assert(not load("return --[==[" .. long))
assert(#load("return '" .. ("\\z \n"):rep(100000) .. "'")() == 0)
