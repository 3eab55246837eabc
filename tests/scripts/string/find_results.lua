-- All results of one call: both ends of a find, then the captures; counts of gsub.
local s = "the quick brown fox"
print(s:find("quick"))  --> 5	9
print(s:find("q(u)(i)ck"))  --> 5	9	u	i
print(s:find("(%a+) (%a+)"))  --> 1	9	the	quick
print(s:find(""))  --> 1	0
print(s:find("", 20))  --> 20	19
print(s:find("", 21))  --> nil
print(s:find("o", 15))  --> 18	18
print(s:find("brown", 1, true))  --> 11	15
print(s:find("()%s()"))  --> 4	4	4	5
print(s:find("^the"))  --> 1	3
print(s:find("fox$"))  --> 17	19
print(s:find("x*", 19))  --> 19	19
print(s:find("%f[%w]%w+", 2))  --> 5	9
print(s:match("(%a+)%s(%a+)%s(%a+)"))  --> the	quick	brown
print(s:gsub("o", "0"))  --> the quick br0wn f0x	2
print(s:gsub("%a+", "W", 2))  --> W W brown fox	2
print(s:gsub("%s", ""))  --> thequickbrownfox	3
print(s:gsub("(%a)(%a*)", "%2%1"))  --> het uickq rownb oxf	4
print(s:gsub("nothing", "x"))  --> the quick brown fox	0
print((""):gsub("", "x"))  --> x	1
print((""):find(""))  --> 1	0
print((""):match(".*"))  -->
print((""):match(".+"))  --> nil
print(("a,b,,c"):gsub(",", ";"))  --> a;b;;c	3
print(("abc"):gsub("b*", "-"))  --> -a-c-	3
print(("äö"):len(), ("äö"):byte(1, -1))  --> 4	195	164	195	182
print(s:byte(1, 3))  --> 116	104	101
print(s:sub(5, 9), s:sub(-3), s:sub(5, 4) == "")  --> quick	fox	true
for k, v in ("a=1;b=2"):gmatch("(%w)=(%w)") do print(k, v) end
--> a	1
--> b	2
for position, word in ("ab cd"):gmatch("()(%a+)") do print(position, word) end
--> 1	ab
--> 4	cd
