-- Garbage with collecting stopped: the budget still holds.
--! end = memory|done|deadline
collectgarbage("stop")
while true do local t = { {}, {}, {} } end
