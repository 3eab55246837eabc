-- Long strings with the same bytes, compared in code without loops or calls.
--! end = deadline
local a, b = ("x"):rep(2000000), ("x"):rep(2000000)
local t = {[a] = 1}
assert(a == b and t[b] == 1)
local source = ("_ = a == b _ = a < b _ = b <= a _ = t[b] t[b] = 1 _ = c == a "):rep(500)
local c = load("return '" .. a .. "'")()
load("local a, b, c, t = ... local _ while true do " .. source .. " end")(a, b, c, t)
