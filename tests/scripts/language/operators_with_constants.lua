-- Every operator with a small, a large, a float and a string constant on each side.
local x, y = 7, 2.5
print(x + 1, 1 + x, x - 1, 1 - x, x * 2, 2 * x, x / 2, 2 / x, x // 2, 100 // x)
--> 8	8	6	-6	14	14	3.5	0.28571428571429	3	14
print(x % 4, 100 % x, x ^ 2, 2 ^ x, x + 1.5, 1.5 - x, x * 0.5, x // 0.5, 10.5 % x)
--> 3	2	49.0	128.0	8.5	-5.5	3.5	14.0	3.5
print(x + 1000000, 1000000 - x, x - 1000000, x * 1000000, x // 1000000, x % 1000000)
--> 1000007	999993	-999993	7000000	0	7
print(x & 3, 3 & x, x | 8, 8 | x, x ~ 1, 1 ~ x, x << 2, 2 << x, x >> 1, 1000 >> x)
--> 3	3	15	15	6	6	28	256	3	7
print(y + 1, 1 - y, y * 2, 2 / y, y // 1, y % 1, y ^ 2, -y)  --> 3.5	-1.5	5.0	0.8	2.0	0.5	6.25	-2.5
print(x == 7, 7 == x, x == 7.0, x ~= 8, x == "7", y == 2.5, x == nil, x == true)
--> true	true	true	true	false	true	false	false
print(x < 8, 8 < x, x <= 7, 7 <= x, x > 6, 6 > x, x >= 8, 8 >= x)
--> true	false	true	true	true	false	false	true
print(x < 7.5, 7.5 < x, y < 3, 3 < y, y <= 2.5, y > 2, 2 > y, x < 1000000, 1000000 < x)
--> true	false	true	false	true	true	false	true	false
local s = "5"
print(s + 1, 1 + s, s * 2, 2 ^ s, s // 2, s .. 1, 1 .. s, s == "5", "5" == s, s < "6")
--> 6	6	10	32.0	2	51	15	true	true	true
print(x + -1, x - -1, x * -1, x // -1, x & -1, -1 - x, -1 // x)  --> 6	8	-7	-7	7	-8	-1
print(x + 127, x + 128, x - 128, x - 129, x + 255, x * 32767, x * 65536, x == 128, x < -128)
--> 134	135	-121	-122	262	229369	458752	false	false
