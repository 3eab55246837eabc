-- Messages of the parser.
local function check(source) print(select(2, load(source, "=s"))) end
check("x =")  --> s:1: unexpected symbol near <eof>
check("x")  --> s:1: syntax error near <eof>
check("x y")  --> s:1: syntax error near 'y'
check("= 1")  --> s:1: unexpected symbol near '='
check("local")  --> s:1: <name> expected near <eof>
check("local 1")  --> s:1: <name> expected near '1'
check("local x =")  --> s:1: unexpected symbol near <eof>
check("if")  --> s:1: unexpected symbol near <eof>
check("if x")  --> s:1: 'then' expected near <eof>
check("if x then")  --> s:1: 'end' expected near <eof>
check("if x then else")  --> s:1: 'end' expected near <eof>
check("if x then elseif")  --> s:1: unexpected symbol near <eof>
check("if x then elseif y")  --> s:1: 'then' expected near <eof>
check("if x then else else end")  --> s:1: 'end' expected near 'else'
check("while")  --> s:1: unexpected symbol near <eof>
check("while x")  --> s:1: 'do' expected near <eof>
check("while x do")  --> s:1: 'end' expected near <eof>
check("for")  --> s:1: <name> expected near <eof>
check("for x")  --> s:1: '=' or 'in' expected near <eof>
check("for x =")  --> s:1: unexpected symbol near <eof>
check("for x = 1")  --> s:1: ',' expected near <eof>
check("for x = 1, 2")  --> s:1: 'do' expected near <eof>
check("for x = 1 do end")  --> s:1: ',' expected near 'do'
check("for x in")  --> s:1: unexpected symbol near <eof>
check("for x in y")  --> s:1: 'do' expected near <eof>
check("for x, in y do end")  --> s:1: <name> expected near 'in'
check("for 1 = 1, 2 do end")  --> s:1: <name> expected near '1'
check("for x, y = 1, 2 do end")  --> s:1: 'in' expected near '='
check("for x.y = 1, 2 do end")  --> s:1: '=' or 'in' expected near '.'
check("repeat")  --> s:1: 'until' expected near <eof>
check("repeat x()")  --> s:1: 'until' expected near <eof>
check("repeat until")  --> s:1: unexpected symbol near <eof>
check("do")  --> s:1: 'end' expected near <eof>
check("end")  --> s:1: <eof> expected near 'end'
check("else")  --> s:1: <eof> expected near 'else'
check("until x")  --> s:1: <eof> expected near 'until'
check("return return")  --> s:1: unexpected symbol near 'return'
check("return 1,")  --> s:1: unexpected symbol near <eof>
check("return 1 2")  --> s:1: <eof> expected near '2'
check("break x")  --> s:1: syntax error near <eof>
check("function")  --> s:1: <name> expected near <eof>
check("function f")  --> s:1: '(' expected near <eof>
check("function f(")  --> s:1: <name> or '...' expected near <eof>
check("function f(a")  --> s:1: ')' expected near <eof>
check("function f(a,)")  --> s:1: <name> or '...' expected near ')'
check("function f(1) end")  --> s:1: <name> or '...' expected near '1'
check("function f(..., a) end")  --> s:1: ')' expected near ','
check("function f.1() end")  --> s:1: '(' expected near '.1'
check("function f:g:h() end")  --> s:1: '(' expected near ':'
check("function f:g.h() end")  --> s:1: '(' expected near '.'
check("local function f.g() end")  --> s:1: '(' expected near '.'
check("local function 1() end")  --> s:1: <name> expected near '1'
check("f(")  --> s:1: unexpected symbol near <eof>
check("f(1")  --> s:1: ')' expected near <eof>
check("f(1,")  --> s:1: unexpected symbol near <eof>
check("f(1,)")  --> s:1: unexpected symbol near ')'
check("f(1 2)")  --> s:1: ')' expected near '2'
check("a.")  --> s:1: <name> expected near <eof>
check("a.1 = 2")  --> s:1: syntax error near '.1'
check("a:")  --> s:1: <name> expected near <eof>
check("a:b")  --> s:1: function arguments expected near <eof>
check("a:b = 1")  --> s:1: function arguments expected near '='
check("a[")  --> s:1: unexpected symbol near <eof>
check("a[1")  --> s:1: ']' expected near <eof>
check("a[] = 1")  --> s:1: unexpected symbol near ']'
check("a, b")  --> s:1: '=' expected near <eof>
check("a, b + 1 = 2")  --> s:1: '=' expected near '+'
check("a, f() = 1, 2")  --> s:1: syntax error near '='
check("f() = 1")  --> s:1: syntax error near '='
check("(a) = 1")  --> s:1: syntax error near '='
check("(a)")  --> s:1: syntax error near <eof>
check("a + 1")  --> s:1: syntax error near '+'
check("1 = a")  --> s:1: unexpected symbol near '1'
check("'x' = a")  --> s:1: unexpected symbol near ''x''
check("a = 1 +")  --> s:1: unexpected symbol near <eof>
check("a = (1")  --> s:1: ')' expected near <eof>
check("a = )")  --> s:1: unexpected symbol near ')'
check("a = {")  --> s:1: unexpected symbol near <eof>
check("a = { 1")  --> s:1: '}' expected near <eof>
check("a = { 1 2 }")  --> s:1: '}' expected near '2'
check("a = { x = }")  --> s:1: unexpected symbol near '}'
check("a = { [1] }")  --> s:1: '=' expected near '}'
check("a = { [1 = 2 }")  --> s:1: ']' expected near '='
check("a = not")  --> s:1: unexpected symbol near <eof>
check("a = -")  --> s:1: unexpected symbol near <eof>
check("a = #")  --> s:1: unexpected symbol near <eof>
check("a = 1 .. ")  --> s:1: unexpected symbol near <eof>
check("a = b c")  --> s:1: syntax error near <eof>
check("a.b.c")  --> s:1: syntax error near <eof>
check("x = function")  --> s:1: '(' expected near <eof>
check("x = function( end")  --> s:1: <name> or '...' expected near 'end'
check("x = }")  --> s:1: unexpected symbol near '}'
check("x = ...y")  --> s:1: syntax error near <eof>
check("local x <")  --> s:1: <name> expected near <eof>
check("local x <const")  --> s:1: '>' expected near <eof>
check("local x <const> y")  --> s:1: syntax error near <eof>
check("local x <5> = 1")  --> s:1: <name> expected near '5'
check("goto")  --> s:1: <name> expected near <eof>
check("goto 1")  --> s:1: <name> expected near '1'
check("::")  --> s:1: <name> expected near <eof>
check("::a")  --> s:1: '::' expected near <eof>
check("::a:")  --> s:1: '::' expected near ':'
check("x = a.b:c")  --> s:1: function arguments expected near <eof>
check("x = a:b.c()")  --> s:1: function arguments expected near '.'
check("f{")  --> s:1: unexpected symbol near <eof>
check("f'x' 'y' =")  --> s:1: syntax error near '='
check("and")  --> s:1: unexpected symbol near 'and'
check("x = and")  --> s:1: unexpected symbol near 'and'
check("x = 1 and")  --> s:1: unexpected symbol near <eof>
check("local and = 1")  --> s:1: <name> expected near 'and'
check("local x, = 1")  --> s:1: <name> expected near '='
check("for in x do end")  --> s:1: <name> expected near 'in'
check("x = y = z")  --> s:1: unexpected symbol near '='
check("x, = 1")  --> s:1: unexpected symbol near '='
check("a.end = 1")  --> s:1: <name> expected near 'end'
check("return end")  --> s:1: <eof> expected near 'end'
check("do return 1 x() end")  --> s:1: 'end' expected near 'x'
check("x = [")  --> s:1: unexpected symbol near '['
check("x = ]")  --> s:1: unexpected symbol near ']'
check("x ~= 1")  --> s:1: syntax error near '~='
check("x == 1")  --> s:1: syntax error near '=='
check("!x")  --> s:1: unexpected symbol near '!'
check("x = 1 $")  --> s:1: unexpected symbol near '$'
check("x += 1")  --> s:1: syntax error near '+'
check("x = a ? b : c")  --> s:1: unexpected symbol near '?'
check("x = a != b")  --> s:1: unexpected symbol near '!'
check("x = @")  --> s:1: unexpected symbol near '@'
check("`x`")  --> s:1: unexpected symbol near '`'
check("x = a \\ b")  --> s:1: unexpected symbol near '\'
