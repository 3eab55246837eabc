-- When floats become integers and when they do not.
print(1e15, 1e15 // 1, 1e15 | 0, 2^53 // 1 | 0, 3.0 == 3, 3 | 0, 3.0 | 0)
--> 1e+15	1e+15	1000000000000000	9007199254740992	true	3	3
print(10 / 2, 10 // 2, 10.0 // 2, 2^2, 7 % 2.0, 1e2, 100 // 1e0)  --> 5.0	5	5.0	4.0	1.0	100.0	100.0
print(string.rep("x", 3.0), ("abc"):sub(2.0), #("x"):rep(2^3), select(2.0, "a", "b"))
--> xxx	bc	8	b
print(pcall(string.rep, "x", 1.5))
--> false	bad argument #2 to 'string.rep' (number has no integer representation)
print(pcall(string.rep, "x", "2.5"))
--> false	bad argument #2 to 'string.rep' (number has no integer representation)
print(string.rep("x", "3"), ("abc"):sub("2"), ({ 10, 20, 30 })[2.0], ({ 10, 20, 30 })["2"])
--> xxx	bc	20	nil
for i = 1, 3.5 do io.write(i, ";") end
for i = 1.0, 2 do io.write(i, ";") end
print()  --> 1;2;3;1;2;
print(1 < 1.5, 1 == 1.0, math.type(1 + 0.0), 0.1 + 0.2 == 0.3, 1e16 + 1 == 1e16,
  (1 << 53) + 1 == 2^53 + 1)  --> true	true	float	false	true	false
print(tostring(3.0), tostring(-0.0), 3.0 .. "", 1e100 // 1, tostring(1e15),
  tostring(123456789012345678))  --> 3.0	-0.0	3.0	1e+100	1e+15	123456789012345678
print(7.0 // 2, -7.0 // 2, 7.5 % -2, 5 % 3.5, 1e308 * 10 == math.huge, -(0/0) ~= 0/0)
--> 3.0	-4.0	-0.5	1.5	true	true
print(string.format("%d", 3.0), pcall(string.format, "%d", 3.1))
--> 3	false	bad argument #2 to 'string.format' (number has no integer representation)
print(0x7fffffffffffffff + 1.0 == 2^63, 9007199254740993 + 0.0, 2^63 == math.mininteger,
  -(2^63) == math.mininteger)  --> true	9.007199254741e+15	false	true
