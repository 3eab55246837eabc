-- find and match: classes, sets, quantifiers, anchors, captures, positions.
print(("hello world"):find("wor"), ("hello"):find("l"), ("hello"):find("xyz"), ("hello"):find(""))
--> 7	3	nil	1	0
print(("hello"):find("", 10), ("hello"):find("", 6), ("hello"):find("l", 4),
  ("hello"):find("l", -2), ("hello"):find("h", -100))  --> nil	6	4	4	1	1
print(("a.b"):find(".", 1, true), ("a.b"):find("%."), ("a+b"):find("+", 1, true),
  ("a\0b"):find("\0"), ("abc"):find("b", 1, false))  --> 2	2	2	2	2	2
print(("key = value"):match("(%w+)%s*=%s*(%w+)"), ("2024-05-06"):match("(%d+)-(%d+)-(%d+)"))
--> key	2024	05	06
print(("abc"):match("()b()"), ("abc"):match("^b"), ("abc"):match("^a"), ("abc"):match("c$"),
  ("abc"):match("a$"), ("a^b$"):match("a^b$"))  --> 2	nil	a	c	nil	nil
print(("  trim  "):match("^%s*(.-)%s*$") .. "|", ("aaa"):match("a-"), ("aaa"):match("a-$"),
  ("aaab"):match("a*b"), ("b"):match("a*b"), ("b"):match("a+b"))  --> trim|		aaa	aaab	b	nil
print(("colour color"):match("colou?r"), ("x=1,y=2"):match("y=(%d)"), ("[tag]"):match("%[(.-)%]"),
  ("f(a(b)c)d"):match("%b()"))  --> colour	2	tag	(a(b)c)
print(("THE (quick) fox"):find("%((%a+)%)"), ("abc123"):match("%a+"), ("abc123"):match("%d+"),
  ("abc123"):match("%w+$"))  --> 5	abc	123	abc123
print(("x-y_z"):match("[%w_-]+"), ("x]y"):match("[]]"), ("x^y"):match("[%^]"),
  ("abc"):match("[^a]+"), ("a-z"):match("[a%-z]+"), ("5"):match("[0-9]"), ("-"):match("[a-]"))
  --> x-y_z	]	^	bc	a-z	5	-
print(("hello"):match("(h)(e)(l)(l)(o)"), ("hello"):match(".-(l+)"), ("hello"):match("((h)(e))"))
--> h	ll	he	h	e
print(("THE END"):match("%f[%a]%a+%f[%A]"), ("foo.bar"):match("%f[%w]%w+$"),
  ("aa bb"):find("%f[%s]"))  --> THE	bar	3	2
print(("abab"):match("(ab)%1"), ("abac"):match("(a)b%1"), ("'quoted'"):match("(['\"])(.-)%1"))
--> ab	a	'	quoted
print(("\n\t x"):match("%s+"):len(), ("\1\2"):match("%c+"):len(), ("!?."):match("%p+"),
  ("aB"):match("%l%u"), ("fF0g"):match("%x+"), ("a b"):match("%S+"), ("12a"):match("%D"),
  ("a1!"):match("%W"), ("a b"):match("%g+"))  --> 3	2	!?.	aB	fF0	a	a	!	a
print(("abc"):match("", 4), ("abc"):match("", 5), ("abc"):match(".", -1), ("abc"):match("b()", 2),
  ("abcabc"):match("^b", 2))  --> 	nil	c	3	b
print(string.find(12345, 34), string.match(1.5, "%d"), ("a"):find("a", 1.0))  --> 3	1	1	1
print(("x"):rep(100):find(("x?"):rep(20) .. ("x"):rep(20)))  --> 1	40
