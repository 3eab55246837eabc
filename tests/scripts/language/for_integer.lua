-- Numeric for with integers.
local function run(a, b, c)
  local out = {}
  for i = a, b, c or 1 do
    out[#out + 1] = i
    if #out > 5 then out[#out + 1] = "..." break end
  end
  print(table.concat(out, " "))
end
run(1, 3) run(3, 1) run(1, 1) run(1, 0) run(5, 1, -2) run(1, 10, 3) run(-3, 3, 2) run(10, 1, -20)
--> 1 2 3
-->
--> 1
-->
--> 5 3 1
--> 1 4 7 10
--> -3 -1 1 3
--> 10
run(math.maxinteger - 1, math.maxinteger)  --> 9223372036854775806 9223372036854775807
run(math.mininteger + 1, math.mininteger, -1)  --> -9223372036854775807 -9223372036854775808
run(math.maxinteger - 5, math.maxinteger, 3)  --> 9223372036854775802 9223372036854775805
run(math.mininteger, math.maxinteger, math.maxinteger)
--> -9223372036854775808 -1 9223372036854775806
run(math.maxinteger, math.mininteger, math.mininteger)  --> 9223372036854775807 -1
run(1, 3.9) run(3, 1.1, -1) run(1, math.huge) run(1, -math.huge) run(-1, -math.huge, -1)
--> 1 2 3
--> 3 2
--> 1 2 3 4 5 6 ...
-->
--> -1 -2 -3 -4 -5 -6 ...
run(1, 2^70) run(1, -2^70) run(math.maxinteger - 1, 1e30) run(1, 0/0)
--> 1 2 3 4 5 6 ...
-->
--> 9223372036854775806 9223372036854775807
-->
for i = 1, 3 do local j = i; i = 10; print(j, i) end
--> 1	10
--> 2	10
--> 3	10
local limit = 3
for i = 1, limit do limit = 1 io.write(i, ";") end
print()  --> 1;2;3;
