-- Scoping of locals: shadowing, blocks, initialisers that see the outer name.
local x = 1
do
  local x = x + 1
  print(x)  --> 2
  do local x = x * 10 print(x) end  --> 20
end
print(x)  --> 1
local x = x .. "!"
print(x)  --> 1!
for x = 1, 2 do local x = x * 100 print(x) end
--> 100
--> 200
print(x)  --> 1!
local function f(x) x = x or "default" return x end
print(f(), f(5), x)  --> default	5	1!
if x then local x = "inner" print(x) end  --> inner
local r = 5
repeat local r = r - 5 until r == 0
print(r)  --> 5
local fact = function(n) return fact and "sees itself" or "does not see itself" end
print(fact(1))  --> does not see itself
local function fact2(n) return n <= 1 and 1 or n * fact2(n - 1) end
print(fact2(20))  --> 2432902008176640000
