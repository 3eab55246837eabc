-- Every form of numeral, and which of them are integers.
print(0, 7, 007, 123456789, 9223372036854775807, 9223372036854775808, 1e2)
--> 0	7	7	123456789	9223372036854775807	9.2233720368548e+18	100.0
print(0x10, 0xff, 0XAB, 0xffffffffffffffff, 0x7fffffffffffffff, 0x1ffffffffffffffff)
--> 16	255	171	-1	9223372036854775807	-1
print(0x.8, 0x8., 0xA.8, 0x1p4, 0x1P-2, 0x.1p8, 0xap+1)  --> 0.5	8.0	10.5	16.0	0.25	16.0	20.0
print(1., .5, 1.5e3, 1E-2, 3e+2, 0e12, 0.0e-5)  --> 1.0	0.5	1500.0	0.01	300.0	0.0	0.0
print(math.type(1), math.type(1.0), math.type(1e0), math.type(0x1), math.type(0x1p0))
--> integer	float	float	integer	float
print(math.type(9223372036854775808), 1e400, 0x1p1100)  --> float	inf	inf
print(-9223372036854775808, math.type(-9223372036854775808), -9223372036854775807 - 1)
--> -9.2233720368548e+18	float	-9223372036854775808
print(1--[[comment]]+2, 3 .. 4, 0xep1, 0xe+1)  --> 3	34	28.0	15
