-- What `string.format` refuses: widths and conversions that are none, and values that do not fit.
local function check(...) print((select(2, pcall(string.format, ...)))) end
check("%99999d", 1)  --> invalid conversion specification: '%99999d'
check("%.99999f", 1)  --> invalid conversion specification: '%.99999f'
check("%100d", 1)  --> invalid conversion specification: '%100d'
check("%.100f", 1)  --> invalid conversion specification: '%.100f'
check("%" .. ("0"):rep(40) .. "d", 1)  --> invalid format (too long)
check("%0000000001d", 1)  --> 1
check("%-+ #0-+ #0d", 1)  --> invalid conversion specification: '%-+ #0-+ #0d'
check("%y", 1)  --> invalid conversion '%y' to 'format'
check("%", 1)  --> invalid conversion '%' to 'format'
check("%10", 1)  --> invalid conversion '%10' to 'format'
check("%l")  --> bad argument #2 to 'string.format' (no value)
check("%ld", 1)  --> invalid conversion '%l' to 'format'
check("%#q", "x")  --> specifier '%q' cannot have modifiers
check("%10q", "x")  --> specifier '%q' cannot have modifiers
check("%q", {})  --> bad argument #2 to 'string.format' (value has no literal form)
check("%q", print)  --> bad argument #2 to 'string.format' (value has no literal form)
check("%.20s", "x")  --> x
check("%.s|", "gone")  --> |
check("%s", "a\0b" == "a\0b")  --> true
check("%10s", "zero\0inside")  --> bad argument #2 to 'string.format' (string contains zeros)
check("%c%c", 65)  --> bad argument #3 to 'string.format' (no value)
check("%#x %#o", 255, 8)  --> 0xff 010
check("%i", 3.5)  --> bad argument #2 to 'string.format' (number has no integer representation)
check("%d", "0x10")  --> 16
check("%d", "1e1")  --> 10
check("%d", 2^63)  --> bad argument #2 to 'string.format' (number has no integer representation)
check("%x", -1)  --> ffffffffffffffff
check("%a", "x")  --> bad argument #2 to 'string.format' (number expected, got string)
check("%5.3p|", 1)  --> invalid conversion specification: '%5.3p'
check("%.3p", {})  --> invalid conversion specification: '%.3p'
check("%s %s", 1)  --> bad argument #3 to 'string.format' (no value)
check("%d", {})  --> bad argument #2 to 'string.format' (number expected, got table)
check({})  --> bad argument #1 to 'string.format' (string expected, got table)
check()  --> bad argument #1 to 'string.format' (string expected, got no value)
print(#string.format("%99.99f", -1e308), #string.format("%99s", ""), #string.format("%.99d", 7))
--> 410	99	99
print(pcall(string.format, "%s", setmetatable({}, { __tostring = function() return 1 end })))
--> true	1
print(pcall(string.format, "%s", setmetatable({}, { __tostring = function() error("mine", 0) end })))
--> false	mine
