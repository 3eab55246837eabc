-- table.concat of what is not there, and of too much.
--! end = done
assert(not pcall(table.concat, {}, ",", 1, math.maxinteger))
assert(not pcall(table.concat, { 1 }, ("x"):rep(1000), math.mininteger, math.maxinteger))
local t = {}
local long = ("x"):rep(100000)
for i = 1, 1000 do t[i] = long end
local ok, message = pcall(table.concat, t)
assert(not ok and message == "not enough memory")
