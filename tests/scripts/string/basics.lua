-- len, sub, upper, lower, rep, reverse, byte, char.
local s = "hello world"
print(s:len(), ("a\0b"):len(), s:sub(1, 5), s:sub(7), s:sub(-5), s:sub(-5, -2), s:sub(0),
  s:sub(4, 3) == "")  --> 11	3	hello	world	world	worl	hello world	true
print(s:sub(-100, 3), s:sub(9, 100), s:sub(12) == "", s:sub(math.mininteger, math.maxinteger),
  s:sub(2.0, 3.0))  --> hel	rld	true	hello world	el
print(("MiXed 1"):upper(), ("MiXed 1"):lower(), ("abc"):reverse(), (""):reverse() == "",
  ("\255a"):upper():byte(1))  --> MIXED 1	mixed 1	cba	true	255
print(("ab"):rep(3), ("ab"):rep(3, ","), ("x"):rep(0) == "", ("x"):rep(-1) == "",
  ("x"):rep(1, "sep"), (""):rep(1000) == "")  --> ababab	ab,ab,ab	true	true	x	true
print(("abc"):byte(), ("abc"):byte(2), ("abc"):byte(-1), ("abc"):byte(1, -1))  --> 97	98	99	97	98	99
print(("abc"):byte(10), select("#", ("abc"):byte(10)), ("abc"):byte(0),
  select("#", ("abc"):byte(0, 2)))  --> nil	0	nil	2
print(string.char(), string.char(72, 105), #string.char(0, 255), string.char(65.0))  --> 	Hi	2	A
print(string.len(123), string.upper(1.5), string.rep(7, 2), string.sub(12345, 2, 3), string.byte(9))
--> 3	1.5	77	23	57
print(pcall(string.rep, "x", 1 << 60))  --> false	resulting string too large
print(pcall(string.rep, "x", -1 >> 1, "y"))  --> false	resulting string too large
print(pcall(string.char, 256))  --> false	bad argument #1 to 'string.char' (value out of range)
print(pcall(string.char, "x"))
--> false	bad argument #1 to 'string.char' (number expected, got string)
print(pcall(string.len))  --> false	bad argument #1 to 'string.len' (string expected, got no value)
print(pcall(string.sub, "x"))
--> false	bad argument #2 to 'string.sub' (number expected, got no value)
print(pcall(string.sub, "x", 1.5))
--> false	bad argument #2 to 'string.sub' (number has no integer representation)
print(pcall(string.byte, "x", {}))
--> false	bad argument #2 to 'string.byte' (number expected, got table)
print(pcall(string.upper, nil))
--> false	bad argument #1 to 'string.upper' (string expected, got nil)
print(pcall(string.reverse))
--> false	bad argument #1 to 'string.reverse' (string expected, got no value)
