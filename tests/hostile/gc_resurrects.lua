-- Finalizers that make new objects with finalizers.
--! end = done|deadline
local meta = {}
local count = 0
meta.__gc = function() count = count + 1 setmetatable({}, meta) end
setmetatable({}, meta)
for _ = 1, 100 do collectgarbage() end
