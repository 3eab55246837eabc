-- Single and multiple assignment: adjusting counts, swapping, chains of results.
local a, b, c = 1, 2
print(a, b, c)  --> 1	2	nil
a, b = b, a
print(a, b)  --> 2	1
a, b, c = (function() return 10, 20, 30 end)()
print(a, b, c)  --> 10	20	30
a, b, c = 0, (function() return 10, 20, 30 end)()
print(a, b, c)  --> 0	10	20
a, b, c = (function() return 10, 20, 30 end)(), 5
print(a, b, c)  --> 10	5	nil
a, b, c = ((function() return 10, 20, 30 end)())
print(a, b, c)  --> 10	nil	nil
a, b = 1, 2, 3, print("extra values are evaluated")  --> extra values are evaluated
print(a, b)  --> 1	2
local t = {}
t.x, t["y"], t[3] = 1, 2, 3
print(t.x, t.y, t[3])  --> 1	2	3
x = "global"
print(x, _G.x, _ENV.x)  --> global	global	global
_G.y, x = x, nil
print(y, x)  --> global	nil
