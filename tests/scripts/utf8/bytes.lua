-- The utf8 library, and what it says of bytes that are no UTF-8.
local text = "a\u{E4}\u{20AC}\u{1F642}"
print(utf8.len(text), #text, utf8.char(97, 0xE4, 0x20AC, 0x1F642) == text, utf8.char() == "")
--> 4	10	true	true
print(utf8.codepoint(text, 1, -1))  --> 97	228	8364	128578
print(utf8.offset(text, 3), utf8.offset(text, -1), utf8.offset(text, 0, 3), utf8.offset(text, 9))
--> 4	7	2	nil
for position, code in utf8.codes(text) do print(position, code) end
--> 1	97
--> 2	228
--> 4	8364
--> 7	128578
for char in text:gmatch(utf8.charpattern) do print(#char) end
--> 1
--> 2
--> 3
--> 4
print(utf8.len(text, 4), utf8.len(text, -4), utf8.len(text, 3), utf8.len("", 1), utf8.len("x", 2))
--> 2	1	nil	0	0
-- Broken, cut, overlong, surrogates, too large: the place of the first byte that is wrong.
print(utf8.len("ab\xFF"), utf8.len("\x80"), utf8.len("a\xC3"), utf8.len("\xE2\x82"))
--> nil	nil	nil	nil	1
print(utf8.len("\xC0\x80"), utf8.len("\xE0\x80\x80"), utf8.len("\xED\xA0\x80"))  --> nil	nil	nil	1
print(utf8.len("\xF4\x90\x80\x80"), utf8.len("\xF4\x90\x80\x80", 1, -1, true))  --> nil	1
print(utf8.len("\xED\xA0\x80", 1, -1, true), utf8.codepoint("\xED\xA0\x80", 1, 1, true))
--> 1	55296
print(utf8.len("\xFD\xBF\xBF\xBF\xBF\xBF", 1, -1, true), utf8.len("\xFE\x80\x80", 1, -1, true))
--> 1	nil	1
print(pcall(utf8.codepoint, "\xFF"))  --> false	invalid UTF-8 code
print(pcall(utf8.codepoint, "\xED\xA0\x80"))  --> false	invalid UTF-8 code
print(pcall(utf8.codepoint, text, 3))  --> false	invalid UTF-8 code
print(pcall(utf8.codepoint, text, 1, 100))
--> false	bad argument #3 to 'utf8.codepoint' (out of bounds)
print(pcall(utf8.codepoint, text, 0))  --> false	bad argument #2 to 'utf8.codepoint' (out of bounds)
print(pcall(utf8.codepoint, text, 100))
--> false	bad argument #3 to 'utf8.codepoint' (out of bounds)
print(pcall(utf8.codepoint, text, math.mininteger, math.maxinteger))
--> false	bad argument #2 to 'utf8.codepoint' (out of bounds)
print(pcall(utf8.codepoint, text, 4, 2))  --> true
print(pcall(utf8.len, text, 0))
--> false	bad argument #2 to 'utf8.len' (initial position out of bounds)
print(pcall(utf8.len, text, 12))
--> false	bad argument #2 to 'utf8.len' (initial position out of bounds)
print(pcall(utf8.len, text, 1, 100))
--> false	bad argument #3 to 'utf8.len' (final position out of bounds)
print(pcall(utf8.offset, text, 1, 3))  --> false	initial position is a continuation byte
print(pcall(utf8.offset, text, 1, 100))
--> false	bad argument #3 to 'utf8.offset' (position out of bounds)
print(pcall(utf8.offset, text, 1, -100))
--> false	bad argument #3 to 'utf8.offset' (position out of bounds)
print(pcall(utf8.offset, text, 1.5))
--> false	bad argument #2 to 'utf8.offset' (number has no integer representation)
print(pcall(utf8.offset, text))
--> false	bad argument #2 to 'utf8.offset' (number expected, got no value)
print(pcall(utf8.char, -1))  --> false	bad argument #1 to 'utf8.char' (value out of range)
print(pcall(utf8.char, 1 << 31))  --> false	bad argument #1 to 'utf8.char' (value out of range)
print(pcall(utf8.char, 65, "x"))
--> false	bad argument #2 to 'utf8.char' (number expected, got string)
print(#utf8.char(0x7FFFFFFF), #utf8.char(0x7FFFFFFF, 0x3FFFFFF))  --> 6	11
local function walk(s)
  local ok, message = pcall(function() for _ in utf8.codes(s) do end end)
  print(ok, (message:gsub("^.-:%d+: ", "")))
end
walk("ab\xFFc")  --> false	invalid UTF-8 code
walk("\xC3")  --> false	invalid UTF-8 code
print(pcall(utf8.codes, "\x80"))  --> false	bad argument #1 to 'utf8.codes' (invalid UTF-8 code)
walk("\xED\xA0\x80")  --> false	invalid UTF-8 code
print(pcall(function() for _, c in utf8.codes("\xED\xA0\x80", true) do print(c) end end))
--> 55296
--> true
print(pcall(utf8.codes))  --> false	bad argument #1 to 'utf8.codes' (string expected, got no value)
print(pcall(utf8.len, {}))  --> false	bad argument #1 to 'utf8.len' (string expected, got table)
print(pcall(utf8.codepoint, "abc", {}))
--> false	bad argument #2 to 'utf8.codepoint' (number expected, got table)
