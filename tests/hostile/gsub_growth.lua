-- gsub that makes each match larger.
--! end = memory|deadline
--! kept = 4
local s = "a"
while true do s = s:gsub("a", "aaaaaaaaaa") end
