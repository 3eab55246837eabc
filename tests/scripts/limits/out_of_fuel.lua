--! error
--! fuel = 10000
-- A loop without end stops when the fuel is used up, and pcall does not catch that.
print("running")
print(pcall(function() while true do end end))
print("never printed")

--> running
--!> out of fuel
