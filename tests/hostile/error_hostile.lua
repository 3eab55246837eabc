-- The error that ends the script has a hostile __tostring.
--! end = error
local value
value = setmetatable({}, { __tostring = function() error(value) end })
error(value)
