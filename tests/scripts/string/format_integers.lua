-- string.format with %d %i %u-like conversions, %c %x %X %o.
local f = string.format
print(f("%d %i %5d|%-5d|%05d|%+d|% d", 1, 2, 3, 4, 5, 6, 7))  --> 1 2     3|4    |00005|+6| 7
print(f("%d", -0), f("%d", 3.0), f("%d", "10"), f("%d", "0x10"), f("%.3d|%5.2d|%-6.3d|", 5, 7, 9))
--> 0	3	10	16	005|   07|009   |
print(f("%d %d", math.maxinteger, math.mininteger), f("%+5d|%+-5d|", 42, 42))
--> 9223372036854775807 -9223372036854775808	  +42|+42  |
print(f("%x %X %#x %#X %08x %-8x|", 255, 255, 255, 255, 255, 255))
--> ff FF 0xff 0XFF 000000ff ff      |
print(f("%o %#o", 8, 8), f("%x", -1), f("%o", -1), f("%c%c%c", 76, 117, 97))
--> 10 010	ffffffffffffffff	1777777777777777777777	Lua
print(f("%5c|%-5c|", 65, 66), #f("%c", 0), f("%.0d", 0) == "", f("%%"), f("100%%"))
-->     A|B    |	1	true	%	100%
print(f("%10.5d|%-10.5d|%+.3d", 123, 123, 7))  -->      00123|00123     |+007
print(pcall(f, "%d", 1.5))
--> false	bad argument #2 to 'string.format' (number has no integer representation)
print(pcall(f, "%d", "1.5"))
--> false	bad argument #2 to 'string.format' (number has no integer representation)
print(pcall(f, "%d", "x"))
--> false	bad argument #2 to 'string.format' (number expected, got string)
print(pcall(f, "%d", nil))  --> false	bad argument #2 to 'string.format' (number expected, got nil)
print(pcall(f, "%d"))  --> false	bad argument #2 to 'string.format' (no value)
print(pcall(f, "%x", 2^63))
--> false	bad argument #2 to 'string.format' (number has no integer representation)
print(pcall(f, "%c", "x"))
--> false	bad argument #2 to 'string.format' (number expected, got string)
print(pcall(f, "%d", 2^53), f("%d", -2^63))  --> true	-9223372036854775808
