-- Runs the case whose number is given.
local test = package.loaded["lunette.test"]
test.run(math.tointeger((...)))
if test.flatten_hits then test.flatten_hits() end
