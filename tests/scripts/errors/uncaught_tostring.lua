--! error
-- An error value with __tostring is shown as that text.
error(setmetatable({}, { __tostring = function() return "described by itself" end }))
--!> described by itself
