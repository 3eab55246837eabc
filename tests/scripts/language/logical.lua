-- and, or and not: short-circuiting, values kept, and use as conditions.
print(nil and 1, false and 1, 0 and 1, "" and 1, nil or 1, false or nil, 0 or 1)
--> nil	false	1	1	1	nil	0
print(not nil, not 0, not "", not not nil, not not 1)  --> true	false	false	false	true
local function shout(x) print("called", x) return x end
local _ = shout(1) and shout(2)
--> called	1
--> called	2
_ = shout(nil) and shout(3)  --> called	nil
_ = shout(4) or shout(5)  --> called	4
_ = shout(false) or shout(6)
--> called	false
--> called	6
local a = nil
local b = a and a.x or "default"
print(b, a == nil and "nil" or "other")  --> default	nil
print((nil and nil) == nil, (false or false) == false, 1 and 2 and 3, nil or false or 4)
--> true	true	3	4
if not (a or b ~= "default") then print("neither") end  --> neither
local x = 1 < 2 and 2 < 3
local y = x and not (x == false) or nil
print(x, y, 1 == 1 and 2 == 2, 1 == 2 or 3 == 3, not (1 == 2))  --> true	true	true	true	true
local t = { a and 1 or 2, a == nil, b and b or a }
print(t[1], t[2], t[3])  --> 2	true	default
while a or b == "default" do b = "changed" end
print(b)  --> changed
