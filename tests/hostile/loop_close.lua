-- A deadline passes variables to be closed without running them.
--! end = deadline
local closing <close> = setmetatable({}, { __close = function() while true do end end })
while true do end
