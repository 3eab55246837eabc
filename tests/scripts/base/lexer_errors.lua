-- Messages of the lexer.
local function check(source) print(select(2, load(source, "=s"))) end
check("x = 'abc")  --> s:1: unfinished string near <eof>
check('x = "abc')  --> s:1: unfinished string near <eof>
check("x = 'abc\n'")  --> s:1: unfinished string near ''abc'
check("x = 'a\\q'")  --> s:1: invalid escape sequence near ''a\q'
check("x = '\\")  --> s:1: unfinished string near <eof>
check("x = '\\xZZ'")  --> s:1: hexadecimal digit expected near ''\xZ'
check("x = '\\x1'")  --> s:1: hexadecimal digit expected near ''\x1''
check("x = '\\300'")  --> s:1: decimal escape too large near ''\300''
check("x = '\\256'")  --> s:1: decimal escape too large near ''\256''
check("x = '\\u'")  --> s:1: missing '{' near ''\u''
check("x = '\\u{'")  --> s:1: hexadecimal digit expected near ''\u{''
check("x = '\\u{}'")  --> s:1: hexadecimal digit expected near ''\u{}'
check("x = '\\u{110000000}'")  --> s:1: UTF-8 value too large near ''\u{110000000'
check("x = '\\u{zz}'")  --> s:1: hexadecimal digit expected near ''\u{z'
check("x = '\\u{41'")  --> s:1: missing '}' near ''\u{41''
check("x = '\\u41'")  --> s:1: missing '{' near ''\u4'
check("x = [[abc")  --> s:1: unfinished long string (starting at line 1) near <eof>
check("x = [==[abc]]")  --> s:1: unfinished long string (starting at line 1) near <eof>
check("--[[abc")  --> s:1: unfinished long comment (starting at line 1) near <eof>
check("x = [=abc")  --> s:1: invalid long string delimiter near '[='
check("x = [=[a\nb\nc")  --> s:3: unfinished long string (starting at line 1) near <eof>
check("x = 1e")  --> s:1: malformed number near '1e'
check("x = 1e+")  --> s:1: malformed number near '1e+'
check("x = 0x")  --> s:1: malformed number near '0x'
check("x = 0xg")  --> s:1: malformed number near '0xg'
check("x = 1..2")  --> s:1: malformed number near '1..2'
check("x = 1.2.3")  --> s:1: malformed number near '1.2.3'
check("x = 3x")  --> s:1: malformed number near '3x'
check("x = 0x1p")  --> s:1: malformed number near '0x1p'
check("x = 1_000")  --> s:1: malformed number near '1_'
check("x = 08a")  --> s:1: malformed number near '08a'
check("x = 12abc")  --> s:1: malformed number near '12abc'
check("x = 1e5x")  --> s:1: malformed number near '1e5x'
check("x = .5.")  --> s:1: malformed number near '.5.'
check("x = 0x1.8.2")  --> s:1: malformed number near '0x1.8.2'
check("x = \1")  --> s:1: unexpected symbol near '<\1>'
check("x = ~")  --> s:1: unexpected symbol near <eof>
check("x = 'a\\z")  --> s:1: unfinished string near <eof>
check("x = 'a\\\nb")  --> s:2: unfinished string near <eof>
check("x = \"a\\xfg\"")  --> s:1: hexadecimal digit expected near '"a\xfg'
check("x = 'a\\400b'")  --> s:1: decimal escape too large near ''a\400b'
check("\n\n\nx = 'open")  --> s:4: unfinished string near <eof>
check("x = 'a' 'b' = 1")  --> s:1: unexpected symbol near ''b''
check("x = \"long " .. ("y"):rep(100) .. "\\q\"")
--> s:1: invalid escape sequence near '"long yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\q'
check("x = " .. ("z"):rep(100) .. " =")  --> s:1: unexpected symbol near '='
check("x = 'tab\\\tx'")  --> s:1: invalid escape sequence near ''tab\	'
check("x = '\\u{80000000}'")  --> s:1: UTF-8 value too large near ''\u{80000000'
check("goto = 1")  --> s:1: <name> expected near '='
check("x = nil.y =")  --> s:1: unexpected symbol near '.'
