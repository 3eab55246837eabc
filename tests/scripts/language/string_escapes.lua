-- All escapes of short strings.
local function bytes(s) return table.concat({ s:byte(1, -1) }, " ") end
print(bytes("\a\b\f\n\r\t\v\\\"\'"))  --> 7 8 12 10 13 9 11 92 34 39
print(bytes("\0\00\000\1\65\065\255"))  --> 0 0 0 1 65 65 255
print("\65\066C", "\0651", bytes("\0a"), bytes("\x41\x7a\xFf\x00"))  --> ABC	A1	0 97	65 122 255 0
print(bytes("\u{41}\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}"))
--> 65 127 194 128 223 191 224 160 128 239 191 191 240 144 128 128 244 143 191 191
print(bytes("\u{7FFFFFFF}"), bytes("\u{0}"), bytes("\u{00000041}"))
--> 253 191 191 191 191 191	0	65
print("one\z
       two", "a\z  b", "x\z

  y")  --> onetwo	ab	xy
print(bytes("line\
next"))  --> 108 105 110 101 10 110 101 120 116
print('single "double"', "double 'single'", 'it\'s', "say \"hi\"")
--> single "double"	double 'single'	it's	say "hi"
print(#"\z   ", #"\
", "tab\tend" == "tab	end")  --> 0	1	true
