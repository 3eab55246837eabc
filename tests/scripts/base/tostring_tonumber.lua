-- tostring and tonumber.
print(tostring(nil), tostring(true), tostring(-0.0), tostring(1e15), tostring(2^63), tostring(-1))
--> nil	true	-0.0	1e+15	9.2233720368548e+18	-1
print(tonumber("10"), tonumber("10.0"), tonumber("  0x1F  "), tonumber("1e3"), tonumber(".5"),
  tonumber("5."))  --> 10	10.0	31	1000.0	0.5	5.0
print(tonumber(""), tonumber(" "), tonumber("abc"), tonumber("1 2"), tonumber("0x"),
  tonumber("1e"), tonumber("1..2"))  --> nil	nil	nil	nil	nil	nil	nil
print(tonumber("0x1p4"), tonumber("0x.8"), tonumber("-0x10"), tonumber("- 1"), tonumber("+5"),
  tonumber("--5"))  --> 16.0	0.5	-16	nil	5	nil
print(tonumber("inf"), tonumber("nan"), tonumber("infinity"), tonumber("1_000"), tonumber("1e+5"),
  tonumber("1E-2"))  --> nil	nil	nil	nil	100000.0	0.01
print(tonumber("9223372036854775807"), tonumber("9223372036854775808"),
  tonumber("0xffffffffffffffffff"))  --> 9223372036854775807	9.2233720368548e+18	-1
print(tonumber("10", 2), tonumber("ff", 16), tonumber("FF", 16), tonumber("zz", 36),
  tonumber("8", 8), tonumber("777", 8))  --> 2	255	255	1295	nil	511
print(tonumber("-101", 2), tonumber("  11  ", 2), tonumber("1.0", 10), tonumber("", 10),
  tonumber("7fffffffffffffff", 16))  --> -5	3	nil	nil	9223372036854775807
print(tonumber("10000000000000000", 16), tonumber("\0", 10), tonumber("1\0"),
  tonumber("1" .. ("0"):rep(30)))  --> 0	nil	nil	1e+30
print(tonumber(5), tonumber(5.5), tonumber(nil), tonumber({}), tonumber(true), tonumber(print))
--> 5	5.5	nil	nil	nil	nil
print(pcall(tonumber))  --> false	bad argument #1 to 'tonumber' (value expected)
print(pcall(tonumber, 10, 2))  --> false	bad argument #1 to 'tonumber' (string expected, got number)
print(pcall(tonumber, "10", 1))  --> false	bad argument #2 to 'tonumber' (base out of range)
print(pcall(tonumber, "10", 37))  --> false	bad argument #2 to 'tonumber' (base out of range)
print(pcall(tonumber, "10", "x"))
--> false	bad argument #2 to 'tonumber' (number expected, got string)
print(math.type(tonumber("10")), math.type(tonumber("1e1")), math.type(tonumber("0x10")))
--> integer	float	integer
print(pcall(tostring))  --> false	bad argument #1 to 'tostring' (value expected)
