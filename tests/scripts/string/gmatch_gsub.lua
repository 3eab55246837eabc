-- gmatch and gsub with strings, tables and functions as replacement.
local function all(s, p, i) local t = {} for a, b in s:gmatch(p, i) do t[#t + 1] = b and a .. ":" .. b or a end return table.concat(t, " ") end
print(all("one two three", "%a+"), all("a=1, b=2", "(%w+)=(%w+)"), all("abc", ""), all("abc", "()"))
--> one two three	a:1 b:2	   	1 2 3 4
print(all("hello", "l"), all("abc", "."), all("a,b,,c", "([^,]*)"), all("abc abc", "^abc"),
  all("one two", "%a+", 4), all("one two", "%a+", -3))  --> l l	a b c	a b  c		two	two
print(("hello"):gsub("l", "L"), ("hello"):gsub("l", "L", 1), ("hello"):gsub("l", "L", 0),
  ("hello"):gsub("x", "y"))  --> heLLo	heLlo	hello	hello	0
print(("hello world"):gsub("%w+", "<%0>"), ("hello world"):gsub("(%w+) (%w+)", "%2 %1"),
  ("abc"):gsub("", "-"))  --> <hello> <world>	world hello	-a-b-c-	4
print(("abc"):gsub("%w", "%%%0"), ("abc"):gsub("%w", "%1"), ("hello"):gsub("(l)(l)", "%2%1"))
--> %a%b%c	abc	hello	1
print(("$name is $age"):gsub("%$(%w+)", { name = "Bob", age = 42 }),
  ("$a $b"):gsub("%$%w+", { ["$a"] = 1, ["$b"] = false }))  --> Bob is 42	1 $b	2
print(("abc"):gsub("%w", function(c) if c ~= "b" then return c:upper() end end),
  ("abc"):gsub("%w", function() return nil end))  --> AbC	abc	3
print(("abc"):gsub("(a)(b)", function(x, y) return y .. x end),
  ("abc"):gsub("()", function(p) return p end))  --> bac	1a2b3c4	4
print(("abc"):gsub("^a", "x"), ("aaa"):gsub("^a", "x"), ("abc"):gsub("c$", "x"),
  ("a b c"):gsub(" ", "", 1))  --> xbc	xaa	abx	ab c	1
print(("x y"):gsub("%s*", "-"), ("abc"):gsub(".", { a = 1, b = 2.5 }), ("hello"):gsub("", ""))
--> -x-y-	12.5c	hello	6
print(("abc def"):gsub("%f[%w]%w", string.upper), ("  x "):gsub("^%s+", ""),
  ("a.b.c"):gsub("%.", "%%"))  --> Abc Def	x 	a%b%c	2
print(("a\nb"):gsub("\n", "\\n"), ("aXb"):gsub("%u", "%0%0"),
  (("x"):rep(1000):gsub("x", "yy")):len())  --> a\nb	aXXb	2000
print(pcall(string.gsub, "x", "x", "%2"))  --> false	invalid capture index %2
print(pcall(string.gsub, "x", "x", "%"))  --> false	invalid use of '%' in replacement string
print(pcall(string.gsub, "x", "x", "%a"))  --> false	invalid use of '%' in replacement string
print(pcall(string.gsub, "x", "x"))
--> false	bad argument #3 to 'string.gsub' (string/function/table expected, got no value)
print(pcall(string.gsub, "x", "x", true))
--> false	bad argument #3 to 'string.gsub' (string/function/table expected, got boolean)
print(pcall(string.gsub, "x", "x", function() return {} end))
--> false	invalid replacement value (a table)
print(pcall(string.gsub, "x", "x", { x = true }))  --> false	invalid replacement value (a boolean)
print(pcall(string.gsub, "x", "x", function() error("in callback", 0) end))  --> false	in callback
local it = ("a b"):gmatch("%a")
print(it(), it(), it())  --> a	b
print(pcall(string.gmatch, "x"))
--> false	bad argument #2 to 'string.gmatch' (string expected, got no value)
