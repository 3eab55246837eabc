--! fuel = 100000
-- A script that stays within its fuel notices nothing.
local sum = 0
for i = 1, 100 do sum = sum + i end
print(sum)

--> 5050
