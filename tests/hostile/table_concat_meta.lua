-- A list that says it has any length.
--! end = memory|deadline
local t = setmetatable({}, {
  __len = function() return math.maxinteger end,
  __index = function() return "abc" end,
})
table.concat(t)
