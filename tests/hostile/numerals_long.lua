-- Numerals of millions of bytes, in code without loops or calls.
--! end = deadline
local a = (" "):rep(4000000) .. "1"
local source = ("_ = a + 1 _ = -a _ = a * a for i = 2, a do end "):rep(500)
load("local a = ... local _ while true do " .. source .. " end")(a)
