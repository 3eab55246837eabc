--! error
--! fuel = 100000
-- A pattern that would go back without end stops with the fuel, whichever function tries it.
local text = ("a"):rep(100)
print(pcall(string.find, text, ("a*"):rep(30) .. "b"))
--!> out of fuel
