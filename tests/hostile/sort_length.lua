-- A list to sort whose length is a lie.
--! end = done|deadline
assert(not pcall(table.sort, setmetatable({}, { __len = function() return math.maxinteger end })))
assert(not pcall(table.sort, setmetatable({}, { __len = function() return 1 << 30 end })))
