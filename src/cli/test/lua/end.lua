-- After the test file: its plain functions become cases, and the wanted case runs.
local test = package.loaded["lunette.test"]
test.adopt_plain()
if ... then test.run() end
if test.flatten_hits then test.flatten_hits() end
