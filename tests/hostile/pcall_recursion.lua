-- Protected calls inside each other without end.
--! end = done|memory
local function f() return pcall(f) end
assert(f() == true)
local function g() return xpcall(g, g) end
g()
local function h() assert(pcall(h)) end
assert(not xpcall(h, h))
