-- Strings that look like numbers take part in arithmetic; numbers in concatenation.
print("10" + 5, "10" * "2", "3" - 1, "7" / 2, "7" // 2, "7" % 4, "2" ^ 3, -"5", - "1.5")
--> 15	20	2	3.5	3	3	8.0	-5	-1.5
print("0x10" + 0, "1e1" + 0, " 10 " + 1, "\t3\n" * 2, "10." + 0, ".5" + 0)
--> 16	10.0	11	6	10.0	0.5
print(math.type("10" + 0), math.type("10.0" + 0), math.type("1e1" + 0))  --> integer	float	float
print("9223372036854775807" + 0, "9223372036854775808" + 0, "-9223372036854775808" + 0)
--> 9223372036854775807	9.2233720368548e+18	-9223372036854775808
print(10 .. 20, 1.0 .. "", "a" .. 1 + 1)  --> 1020	1.0	a2
print(pcall(function() return "abc" + 1 end))
--> false	coercions.lua:10: attempt to add a 'string' with a 'number'
print(pcall(function() return {} + 1 end))
--> false	coercions.lua:12: attempt to perform arithmetic on a table value
print(pcall(function() return "1 2" + 1 end))
--> false	coercions.lua:14: attempt to add a 'string' with a 'number'
print(pcall(function() return "" + 1 end))
--> false	coercions.lua:16: attempt to add a 'string' with a 'number'
print(pcall(function() return "0x" + 1 end))
--> false	coercions.lua:18: attempt to add a 'string' with a 'number'
print("10" == 10, "10" < "9", pcall(function() return "10" < 9 end))
--> false	true	false	coercions.lua:20: attempt to compare string with number
local t = { [10] = "int", ["10"] = "str" }
print(t[10], t["10"], t["1" .. "0"], t["5" * 2])  --> int	str	str	int
