-- abs, ceil, floor, fmod, modf, max, min, sqrt, exp, log, trigonometry, constants.
print(math.abs(-5), math.abs(5.5), math.abs(math.mininteger), math.abs(-0.0), math.abs("-3"))
--> 5	5.5	-9223372036854775808	0.0	3.0
print(math.ceil(1.5), math.ceil(-1.5), math.ceil(3), math.ceil(1e300), math.floor(1.5),
  math.floor(-1.5), math.floor(-0.0), math.floor(2^62))
  --> 2	-1	3	1e+300	1	-2	0	4611686018427387904
print(math.floor(1/0), math.ceil(-1/0), math.type(math.floor(2.0)), math.type(math.floor(1e100)))
--> inf	-inf	integer	float
print(math.fmod(7, 3), math.fmod(-7, 3), math.fmod(7, -3), math.fmod(7.5, 2), math.fmod(-7.5, 2),
  math.fmod(5, 1/0))  --> 1	-1	1	1.5	-1.5	5.0
print(math.fmod(math.mininteger, -1), math.fmod(1, 1.5), math.type(math.fmod(6, 2)),
  math.type(math.fmod(6.0, 2)))  --> 0	1.0	integer	float
print(pcall(math.fmod, 1, 0))  --> false	bad argument #2 to 'math.fmod' (zero)
print(math.modf(3.7), math.modf(-3.7), math.modf(5), math.modf(1/0), math.modf(-1/0),
  math.modf(0.5))  --> 3	-3	5	inf	-inf	0	0.5
print(math.max(1, 5, 3), math.max(1.5, 2), math.max(-1), math.min(3, 1, 2), math.min(1, 1.5),
  math.max(2, 2.0), math.min(2.0, 2))  --> 5	2	-1	1	1	2	2.0
print(math.sqrt(16), math.sqrt(2) == 2^0.5, math.exp(0), math.log(1), math.log(8, 2),
  math.log(100, 10), math.log(27, 3), math.log(0))  --> 4.0	true	1.0	0.0	3.0	2.0	3.0	-inf
print(math.sin(0), math.cos(0), math.tan(0), math.asin(0), math.acos(1), math.atan(0),
  math.atan(1, 1) == math.pi / 4, math.atan(0, -1) == math.pi)
  --> 0.0	1.0	0.0	0.0	0.0	0.0	true	true
print(math.pi, math.huge, -math.huge, math.maxinteger, math.mininteger)
--> 3.1415926535898	inf	-inf	9223372036854775807	-9223372036854775808
print(math.deg(math.pi), math.rad(180) == math.pi,
  string.format("%.6f %.6f", math.sin(1), math.exp(1)))  --> 180.0	true	0.841471 2.718282
print(pcall(math.max))  --> false	bad argument #1 to 'math.max' (value expected)
print(pcall(math.min))  --> false	bad argument #1 to 'math.min' (value expected)
print(pcall(math.abs))  --> false	bad argument #1 to 'math.abs' (number expected, got no value)
print(pcall(math.floor, "x"))
--> false	bad argument #1 to 'math.floor' (number expected, got string)
print(pcall(math.floor, {}))  --> false	bad argument #1 to 'math.floor' (number expected, got table)
print(pcall(math.sqrt, nil))  --> false	bad argument #1 to 'math.sqrt' (number expected, got nil)
print(pcall(math.max, 1, "x"))  --> false	attempt to compare number with string
print(pcall(math.log, 2, {}))  --> false	bad argument #2 to 'math.log' (number expected, got table)
print(math.floor("3.7"), math.sqrt("4"))  --> 3	2.0
