-- Tail calls without end take no stack, only time.
--! end = deadline
local function f(n) return f(n + 1) end
f(1)
