--! error
-- A fault far down is reported at its own line.
local config = { server = {} }
local function port(c)
  return c.server.options.port
end
print("start")  --> start
local p = port(config)
print(p)
--!> uncaught_fault.lua:5: attempt to index a nil value (field 'options')
