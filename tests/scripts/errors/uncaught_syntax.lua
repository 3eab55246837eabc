--! error
-- A script with a syntax error prints nothing.
print("never")
local x = = 5
--!> uncaught_syntax.lua:4: unexpected symbol near '='
