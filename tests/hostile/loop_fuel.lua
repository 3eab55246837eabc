-- Fuel is not caught either.
--! end = fuel
--! fuel = 100000
while true do pcall(string.rep, "x", 100) end
