-- table.move over a range without end.
--! end = deadline|memory
assert(not pcall(table.move, {}, 1, math.maxinteger, 2))
local endless = setmetatable({}, { __index = function() return 1 end })
table.move(endless, 1, math.maxinteger - 1, 1, setmetatable({}, { __newindex = function() end }))
