-- Integer arithmetic: results, wrap-around, and what stays an integer.
print(7 + 3, 7 - 10, 7 * -3, -(-7))  --> 10	-3	-21	7
print(math.maxinteger + 1 == math.mininteger, math.mininteger - 1 == math.maxinteger)  --> true	true
print(math.maxinteger * 2, math.mininteger * -1, -math.mininteger)
--> -2	-9223372036854775808	-9223372036854775808
print(math.maxinteger * math.maxinteger, math.mininteger * math.mininteger)  --> 1	0
print(1 + 1.0, 3 * 1.0, 2 ^ 2, 7 / 7)  --> 2.0	3.0	4.0	1.0
print(math.type(3 + 4), math.type(3 + 4.0), math.type(3 / 1), math.type(3 ^ 1), math.type(7 // 2))
--> integer	float	float	float	integer
local a, b = 9223372036854775807, 1
print(a + b, a - -b, a * 2)  --> -9223372036854775808	-9223372036854775808	-2
print(0 == -0, 1 / 0 == 1 / -0)  --> true	true
