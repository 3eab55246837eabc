-- Malformed patterns.
local function check(p, s) print(select(2, pcall(string.find, s or "abc", p))) end
check("[a")  --> malformed pattern (missing ']')
check("[a-")  --> malformed pattern (missing ']')
check("[^")  --> malformed pattern (missing ']')
check("[]")  --> malformed pattern (missing ']')
check("[%")  --> malformed pattern (missing ']')
check("[%a")  --> malformed pattern (missing ']')
check("%")  --> malformed pattern (ends with '%')
check("abc%")  --> malformed pattern (ends with '%')
check("(a")  --> unfinished capture
check("a)")  --> nil
check("(")  --> unfinished capture
check(")")  --> nil
check("(()")  --> unfinished capture
check("%1")  --> invalid capture index %1
check("(a)%2")  --> invalid capture index %2
check("(a%1)")  --> invalid capture index %1
check("%b")  --> malformed pattern (missing arguments to '%b')
check("%bx")  --> malformed pattern (missing arguments to '%b')
check("%f")  --> missing '[' after '%f' in pattern
check("%fa")  --> missing '[' after '%f' in pattern
check("%f[a")  --> malformed pattern (missing ']')
check("%0")  --> invalid capture index %0
check("%9")  --> invalid capture index %9
check(("(a)"):rep(33), ("a"):rep(33))  --> too many captures
check(("("):rep(40))  --> too many captures
print(pcall(string.find, "x"))
--> false	bad argument #2 to 'string.find' (string expected, got no value)
print(pcall(string.find, {}, "x"))
--> false	bad argument #1 to 'string.find' (string expected, got table)
print(pcall(string.match, "x", nil))
--> false	bad argument #2 to 'string.match' (string expected, got nil)
print(pcall(string.find, "x", "x", "y"))
--> false	bad argument #3 to 'string.find' (number expected, got string)
print(#{ ("a"):rep(32):match(("(a)"):rep(32)) })  --> 32
