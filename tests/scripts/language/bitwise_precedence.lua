-- Shifts bind tighter than &, which binds tighter than ~, then |, then comparison.
print(1 | 2 ~ 3 & 4 << 1)  --> 3
print(6 ~ 3 | 1, 6 | 3 ~ 1, 7 & 3 ~ 1)  --> 5	6	2
print(1 << 1 << 2, 64 >> 1 >> 2, 2 << 3 >> 1)  --> 8	8	8
print(1 .. 2 == "12", 2 + 3 .. 4 + 5, "a" .. 2 * 3)  --> true	59	a6
print(~1 + 2, - ~1, ~ -1, not 1 == 2, #"abc" + 1, -"2" + 0)  --> 0	2	0	false	4	-2
print(2 ^ 3 ^ 2, -2 ^ 2, 2 ^ -1, not nil == true)  --> 512.0	-4.0	0.5	true
print(1 + 2 * 3 - 4 / 2, (1 + 2) * 3, 7 // 2 * 2 + 7 % 2)  --> 5.0	9	7
print(1 < 2 == true, "a" .. "b" == "ab", 1 + 1 == 2 and 3 or 4)  --> true	true	3
print(nil or false and 1, false or nil, nil and 1 or 2, 1 and nil or 3)  --> false	nil	2	3
