-- gsub that makes each match larger.
--! end = memory|deadline
local s = "a"
while true do s = s:gsub("a", "aaaaaaaaaa") end
