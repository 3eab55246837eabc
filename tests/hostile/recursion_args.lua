-- Recursion with many arguments and varargs.
--! end = done
local function f(...) return 1 + f(1, 2, 3, 4, 5, 6, 7, 8, ...) end
local ok, message = pcall(f)
assert(not ok and (message:find("stack overflow") or message == "not enough memory"))
