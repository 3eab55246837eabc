-- gsub of nothing: a replacement between all characters.
--! end = done|memory
local s = ("x"):rep(1000000)
local ok, message = pcall(string.gsub, s, "", ("y"):rep(1000))
assert(not ok and message == "not enough memory")
