-- Garbage as fast as it goes: memory comes back, time does not.
--! end = deadline
local sink
while true do sink = { sink = { {}, {} }, ("x"):rep(100) } sink = nil end
