-- A string that grows a little at a time, without end.
--! end = memory|deadline
local s = ("x"):rep(1000)
while true do s = s .. s:sub(1, 100) end
