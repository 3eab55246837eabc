-- As before, with branches that are not taken wherever something could be counted, and with loops
-- inside each other that are left at once.
--! end = deadline
local straight = ("a = b "):rep(125)
local branch = ("a = b "):rep(230) .. "if c then " .. ("a = b "):rep(40) .. "end "
local nest = ""
for _ = 1, 100 do nest = "while b do " .. straight .. nest .. " break end " end
local run = assert(load("local a, b, c = 1, 2 while true do " .. branch:rep(120) .. nest:rep(2) .. " end"))
while true do pcall(run) end
