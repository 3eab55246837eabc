-- gsub that calls itself in its callback.
--! end = done
local function f(s) return (s:gsub(".", f)) end
local ok, message = pcall(f, "abc")
assert(not ok and message:find("C stack overflow"))
