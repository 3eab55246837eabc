-- A string that doubles until there is no memory.
--! end = done
local s = "x"
local ok, message = pcall(function() while true do s = s .. s end end)
assert(not ok and message == "not enough memory" and #s >= 1024)
