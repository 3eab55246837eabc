-- Protected calls inside each other without end.
--! end = done
local function f() return pcall(f) end
assert(f() == true)
local function g() return xpcall(g, g) end
assert(g() == true)
local function h() assert(pcall(h)) end
assert(not xpcall(h, h))
