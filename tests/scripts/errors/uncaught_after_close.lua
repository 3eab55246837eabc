--! error
-- Variables are closed before the error leaves the script.
local guard <close> = setmetatable({}, { __close = function(_, e) print("closing", type(e)) end })
print("body")
--> body
--> closing	string
error("leaves", 1)
--!> uncaught_after_close.lua:7: leaves
