-- type, tointeger, ult and the integer limits.
print(math.type(1), math.type(1.0), math.type("1"), math.type(nil), math.type({}))
--> integer	float	nil	nil	nil
print(pcall(math.type))  --> false	bad argument #1 to 'math.type' (value expected)
print(math.tointeger(3.0), math.tointeger(3.5), math.tointeger(5), math.tointeger("8"),
  math.tointeger("x"), math.tointeger({}))  --> 3	nil	5	8	nil	nil
print(math.tointeger(2^53), math.tointeger(2^63), math.tointeger(-2^63), math.tointeger(1/0),
  math.tointeger(0/0))  --> 9007199254740992	nil	-9223372036854775808	nil	nil
print(math.tointeger("3.0"), math.tointeger(-0.0), pcall(math.tointeger))
--> 3	0	false	bad argument #1 to 'math.tointeger' (value expected)
print(math.ult(1, 2), math.ult(-1, 2), math.ult(2, -1), math.ult(0, 0),
  math.ult(math.maxinteger, math.mininteger))  --> true	false	true	false	true
print(pcall(math.ult, 1.5, 2))
--> false	bad argument #1 to 'math.ult' (number has no integer representation)
print(pcall(math.ult, 1))  --> false	bad argument #2 to 'math.ult' (number expected, got no value)
print(math.maxinteger + 1 == math.mininteger, math.maxinteger * 2 == -2, math.maxinteger // 1 | 0)
--> true	true	9223372036854775807
print(math.maxinteger + 0.0, math.maxinteger + 0.0 == math.maxinteger,
  math.mininteger + 0.0 == math.mininteger)  --> 9.2233720368548e+18	false	true
print(5 // 0.0, -5 // 0.0, 2^31 | 0, 1e3 | 0, (2^53 + 1) | 0)
--> inf	-inf	2147483648	1000	9007199254740992
