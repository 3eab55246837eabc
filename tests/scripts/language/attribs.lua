-- <const> and <close> attributes.
local a <const> = 10
local b <const>, c = 20, 30
c = c + a + b
print(a, b, c)  --> 10	20	60
local function f() return a + 1 end
print(f())  --> 11
local s <const> = "text"
print(s .. a, #s, -a, a == 10, a * b // 3)  --> text10	4	-10	true	66
local t <const> = {}
t.x = 1
print(t.x)  --> 1
print(load("local x <const> = 1; x = 2"))
--> nil	[string "local x <const> = 1; x = 2"]:1: attempt to assign to const variable 'x'
print(load("local x <close> = nil; x = 2"))
--> nil	[string "local x <close> = nil; x = 2"]:1: attempt to assign to const variable 'x'
print(load("local x <const> = 1; function f() x = 2 end"))
--> nil	[string "local x <const> = 1; function f() x = 2 end"]:1: attempt to assign to const variable 'x'
print(load("local x <foo> = 1"))  --> nil	[string "local x <foo> = 1"]:1: unknown attribute 'foo'
print(load("local a <close>, b <close> = nil, nil"))
--> nil	[string "local a <close>, b <close> = nil, nil"]:1: multiple to-be-closed variables in local list
print(load("for i = 1, 2 do local x <const> = i; x = 3 end"))
--> nil	[string "for i = 1, 2 do local x <const> = i; x = 3 en..."]:1: attempt to assign to const variable 'x'
do local nothing <close> = nil print("nil closes silently") end  --> nil closes silently
do local no <close> = false print("so does false") end  --> so does false
local n <const> = nil
local big <const> = 1e300
print(n, big * big, -big, n == nil)  --> nil	inf	-1e+300	true
