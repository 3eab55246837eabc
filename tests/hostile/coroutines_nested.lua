-- Coroutines resumed inside each other without end.
--! end = done
local function nest() return coroutine.wrap(nest)() end
local ok, message = pcall(nest)
assert(not ok and message:find("C stack overflow"))
