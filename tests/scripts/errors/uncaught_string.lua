--! error
-- An error that nobody catches carries its position.
print("before")  --> before
local function f() error("uncaught") end
f()
print("after")
--!> uncaught_string.lua:4: uncaught
