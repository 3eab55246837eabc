-- table.insert and remove on a list that lies about its length.
--! end = deadline|done
local liar = setmetatable({}, { __len = function() return math.maxinteger - 1 end })
assert(table.remove(setmetatable({}, { __len = function() return math.maxinteger end })) == nil)
assert(not pcall(table.insert, liar, -1, 1))
pcall(table.insert, liar, 1, 1)
