--! error
--! memory = 2m
-- Nobody catches it: the script ends with the message.
print("growing")
local t = {}
for i = 1, math.maxinteger do t[i] = { i } end

--> growing
--!> not enough memory
