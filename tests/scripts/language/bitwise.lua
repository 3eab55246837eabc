-- Bitwise operators on 64-bit integers.
print(0xF0 & 0x3C, 0xF0 | 0x3C, 0xF0 ~ 0x3C, ~0, ~0xFF)  --> 48	252	204	-1	-256
print(1 << 4, 256 >> 4, 1 << 63, -1 >> 60, -1 >> 63)  --> 16	16	-9223372036854775808	15	1
print(1 << 64, 1 >> 64, 1 << 100, -1 >> 100, -1 << 64)  --> 0	0	0	0	0
print(1 << -1, 8 << -2, 1 >> -3, 1 << -63, 1 >> -64)  --> 0	2	8	0	0
print(math.mininteger >> 63, math.mininteger << 1, math.maxinteger << 1)  --> 1	0	-2
print(3.0 & 1, 2^53 | 0, -4.0 ~ 1, 7.0 ~ 2.0)  --> 1	9007199254740992	-3	5
print(3.0 << 2, 1 << 4.0, -8 >> 1.0)  --> 12	16	9223372036854775804
print(pcall(load("return '255' & 15", "=b")))
--> false	b:1: attempt to perform bitwise operation on a string value (constant '255')
print(pcall(load("return 1 << '4'", "=b")))
--> false	b:1: attempt to perform bitwise operation on a string value (constant '4')
print(5 & 3 | 8 ~ 1, (5 & (3 | 8)) ~ 1)  --> 9	0
print(1 << 2 + 1, 0xff & 1 + 1)  --> 8	2
