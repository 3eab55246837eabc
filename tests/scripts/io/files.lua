-- Files as values: modes, reading by format, positions, closing.
local name = os.tmpname()
local file = assert(io.open(name, "w"))
print(io.type(file), io.type(42), tostring(file):match("^file %(0x"))
print(file:write("first\n", 12, " ", 2.5, " 0x1F tail\n", "last") == file)
print(file:seek("cur"), file:seek("set", 1), file:seek("end"))
print(file:read("l"))
print(file:close(), io.type(file), tostring(file))
print(pcall(file.read, file))
file = assert(io.open(name))
print(file:read("L", "n", "n", "n", "l", "a", "a", "l"))
print(file:seek("set", 3), file:read(2, 0, "l"))
print(file:write("x"))
print(pcall(file.read, file, "x"))
print(pcall(file.seek, file, "set", "x"))
print(file:seek("set", -1))
file:close()
-- Appending, and reading and writing the same file.
file = io.open(name, "a+")
print(file:read("l"), file:write("!") == file, file:seek("set"), file:read("a"):sub(-5))
file:close()
file = io.open(name, "r+")
print(file:read("l"))
file:seek("cur", 0)
file:write("TWO")
file:seek("set")
print(file:read("a"))
file:close()
print(pcall(io.open, name, "rw"))
print(os.remove(name), io.open(name) == nil, select(3, io.open(name)))

--> file	nil	file (0x
--> true
--> 27	1	27
--> nil	Bad file descriptor	9
--> true	closed file	file (closed)
--> false	attempt to use a closed file
--> first
--> 	12	2.5	31	 tail	last		nil
--> 3	st		
--> nil	Bad file descriptor	9
--> false	bad argument #2 to '?' (invalid format)
--> false	bad argument #3 to '?' (number expected, got string)
--> nil	Invalid argument	22
--> first	true	0	last!
--> first
--> first
--> TWO2.5 0x1F tail
--> last!
--> false	bad argument #2 to 'io.open' (invalid mode)
--> true	true	2
