-- string.format with %s %q, and bad formats.
local f = string.format
print(f("%s %s %s", "a", 1, 1.5), f("%s|%5s|%-5s|%.2s|%5.1s|", "x", "ab", "ab", "abcdef", "xyz"))
--> a 1 1.5	x|   ab|ab   |ab|    x|
print(f("%s %s %s", nil, true, false),
  f("%s", setmetatable({}, { __tostring = function() return "obj" end })))  --> nil true false	obj
print(f("%q", 'say "hi"\n\\ \0 \1\0012 \r\t\200') == '"say \\"hi\\"\\\n\\\\ \\0 \\1\\0012 \\13\\9\200"')
--> true
print(f("%q %q %q %q", 1, 1.5, true, nil), f("%q", math.mininteger), f("%q", 1/0), f("%q", -1/0),
  f("%q", 0.1))  --> 1 0x1.8p+0 true nil	0x8000000000000000	1e9999	-1e9999	0x1.999999999999ap-4
print(load("return " .. f("%q", "a\nb\0c\\\"\r\200"))() == "a\nb\0c\\\"\r\200")  --> true
print(f(""), f("plain"), f("%%"), f("%s", ("x"):rep(200)):len(), f("%-10s|%10s", "l", "r"))
--> 	plain	%	200	l         |         r
print(f("%s", "a\0b") == "a\0b", f("%s\0%s", 1, 2) == "1\0002", f("%.3s", "a"))  --> true	true	a
print(f("%s %d", "only", 1, "extra", {}))  --> only 1
print(pcall(f, "%q", {}))  --> false	bad argument #2 to 'string.format' (value has no literal form)
print(pcall(f, "%10q", "x"))  --> false	specifier '%q' cannot have modifiers
print(pcall(f, "%s"))  --> false	bad argument #2 to 'string.format' (no value)
print(pcall(f, "%y", 1))  --> false	invalid conversion '%y' to 'format'
print(pcall(f, "%"))  --> false	bad argument #2 to 'string.format' (no value)
print(pcall(f, "abc%"))  --> false	bad argument #2 to 'string.format' (no value)
print(pcall(f, "%0100d", 1))  --> false	invalid conversion specification: '%0100d'
print(pcall(f, "%#s", "x"))  --> false	invalid conversion specification: '%#s'
print(pcall(f, "%05s", "x"))  --> false	invalid conversion specification: '%05s'
print(pcall(f, "%.123d", 1))  --> false	invalid conversion specification: '%.123d'
print(pcall(f, "%5.5c", 1))  --> false	invalid conversion specification: '%5.5c'
print(pcall(f, "%+x", 1))  --> false	invalid conversion specification: '%+x'
print(pcall(f, "%--d", 1))  --> true	1
print(pcall(f, "%10s", "a\0b"))
--> false	bad argument #2 to 'string.format' (string contains zeros)
print(pcall(f))  --> false	bad argument #1 to 'string.format' (string expected, got no value)
print(pcall(f, {}))  --> false	bad argument #1 to 'string.format' (string expected, got table)
print(f("%5s%%", 50), f("[%s]", ""), f("%s", -0.0), f("%s%s%s%s", 1, 2.0, "3", true))
-->    50%	[]	-0.0	12.03true
