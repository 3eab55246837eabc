-- print, _VERSION, _G, collectgarbage in the forms whose results are fixed.
print()
print(nil, true, 1, 1.5, "s")
print("a\tb", "", "c")
print(_VERSION, _G._G == _G, _G.print == print, type(_G))
print(type(collectgarbage("count")), collectgarbage("step") ~= nil, type(collectgarbage()))
print(pcall(collectgarbage, "nonsense"))
print(math.type(collectgarbage("count")))
io.write("no newline;", 1, ";", 2.5, "\n")
print(pcall(io.write, {}))
print(select("#", print("x")))
print(("x"):rep(3, ","), #arg, arg[0] ~= nil)

-->
--> nil	true	1	1.5	s
--> a	b		c
--> Lua 5.4	true	true	table
--> number	true	number
--> false	bad argument #1 to 'collectgarbage' (invalid option 'nonsense')
--> float
--> no newline;1;2.5
--> false	bad argument #1 to 'io.write' (string expected, got table)
--> x
--> 0
--> x,x,x	0	true
