-- Sizes that no string can have.
print(pcall(string.rep, "x", math.maxinteger))  --> false	resulting string too large
print(pcall(string.rep, "xy", math.maxinteger // 2 + 1))  --> false	resulting string too large
print(pcall(string.rep, "x", 1 << 62, "y"))  --> false	resulting string too large
print(pcall(string.rep, "", 1 << 62, "yz"))  --> false	resulting string too large
print(pcall(string.rep, "x", 2, ("y"):rep(1000)) == true)  --> true
print(pcall(string.rep, "x", math.mininteger))  --> true	
print(pcall(string.rep, "x", 1.5))
--> false	bad argument #2 to 'string.rep' (number has no integer representation)
print(pcall(string.rep, "x", "many"))
--> false	bad argument #2 to 'string.rep' (number expected, got string)
print(pcall(string.rep, "x", {}))
--> false	bad argument #2 to 'string.rep' (number expected, got table)
print(pcall(string.rep, {}, 1))
--> false	bad argument #1 to 'string.rep' (string expected, got table)
print(pcall(string.rep, "x", 3, {}))
--> false	bad argument #3 to 'string.rep' (string expected, got table)
print(pcall(string.byte, ("x"):rep(100), 1, math.maxinteger) == true)  --> true
print(pcall(string.byte, ("x"):rep(1 << 21), 1, -1))
--> false	stack overflow (string slice too long)
print(pcall(string.char, -1))  --> false	bad argument #1 to 'string.char' (value out of range)
print(pcall(string.char, 1 << 40))  --> false	bad argument #1 to 'string.char' (value out of range)
print(pcall(string.sub, "abc", math.mininteger, math.maxinteger))  --> true	abc
print(pcall(string.sub, "abc", "x"))
--> false	bad argument #2 to 'string.sub' (number expected, got string)
print(pcall(string.sub, "abc", 1, {}))
--> false	bad argument #3 to 'string.sub' (number expected, got table)
print(pcall(string.pack, "i17", 1))  --> false	integral size (17) out of limits [1,16]
print(pcall(string.pack, "s3", ("x"):rep(1 << 24)))
--> false	bad argument #2 to 'string.pack' (string length does not fit in given size)
print(pcall(string.pack, "!17i4", 1))  --> false	integral size (17) out of limits [1,16]
print(pcall(string.pack, "i1", 200))  --> false	bad argument #2 to 'string.pack' (integer overflow)
print(pcall(string.pack, "z", "a\0b"))
--> false	bad argument #2 to 'string.pack' (string contains zeros)
print(pcall(string.pack, "Xz"))
--> false	bad argument #1 to 'string.pack' (invalid next option for option 'X')
print(pcall(string.pack, "y", 1))  --> false	invalid format option 'y'
print(pcall(string.packsize, "s"))
--> false	bad argument #1 to 'string.packsize' (variable-length format)
print(pcall(string.packsize, "i" .. math.maxinteger))
--> false	integral size (922337203) out of limits [1,16]
print(pcall(string.packsize, ("c" .. (1 << 30)):rep(3)))
--> false	bad argument #1 to 'string.packsize' (format result too large)
print(pcall(string.unpack, "i4", "abc"))
--> false	bad argument #2 to 'string.unpack' (data string too short)
print(pcall(string.unpack, "z", "abc"))
--> false	bad argument #2 to 'string.unpack' (unfinished string for format 'z')
print(pcall(string.unpack, "s1", "\5abc"))
--> false	bad argument #2 to 'string.unpack' (data string too short)
print(pcall(string.unpack, "i16", ("\255"):rep(15) .. "\1"))
--> false	16-byte integer does not fit into Lua Integer
print(pcall(string.unpack, "i4", "abcd", 6))
--> false	bad argument #3 to 'string.unpack' (initial position out of string)
print(pcall(string.unpack, "i4", "abcd", -100))  --> true	1684234849	5
