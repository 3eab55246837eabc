-- A finalizer that never ends.
--! end = deadline
setmetatable({}, { __gc = function() while true do end end })
collectgarbage()
while true do local t = {} end
