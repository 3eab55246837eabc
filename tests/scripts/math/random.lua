-- random: ranges, reproducible seeds, errors.
math.randomseed(42)
local a, b, c = math.random(), math.random(100), math.random(-5, 5)
math.randomseed(42)
print(a == math.random(), b == math.random(100), c == math.random(-5, 5))  --> true	true	true
local ok = true
for _ = 1, 1000 do
  local f, d, n = math.random(), math.random(6), math.random(-10, -5)
  ok = ok and f >= 0 and f < 1 and d >= 1 and d <= 6 and n >= -10 and n <= -5
end
print(ok, math.type(math.random()), math.type(math.random(10)), math.type(math.random(0)))
--> true	float	integer	integer
local seen = {}
for _ = 1, 1000 do seen[math.random(5)] = true end
print(#seen)  --> 5
print(math.random(3, 3), math.random(1), math.random(math.mininteger, math.maxinteger) ~= nil)
--> 3	1	true
print(pcall(math.random, 0.5))
--> false	bad argument #1 to 'math.random' (number has no integer representation)
print(pcall(math.random, 2, 1))  --> false	bad argument #1 to 'math.random' (interval is empty)
print(pcall(math.random, -1))  --> false	bad argument #1 to 'math.random' (interval is empty)
print(pcall(math.random, 1, 2, 3))  --> false	wrong number of arguments
print(pcall(math.random, "x"))
--> false	bad argument #1 to 'math.random' (number expected, got string)
math.randomseed(1, 2)
local x = math.random(1 << 40)
math.randomseed(1, 2)
print(x == math.random(1 << 40))  --> true
math.randomseed(7)
print(math.random(1000), math.random(1000), math.random(1000))  --> 832	216	411
math.randomseed(7.0)
print(math.random(1000), string.format("%.10f", math.random()))  --> 832	0.3880809501
math.randomseed(123, 456)
print(math.random(0), math.random(math.mininteger, math.maxinteger))
--> -7482266044409867603	5146976556696563471
print(pcall(math.randomseed, {}))
--> false	bad argument #1 to 'math.randomseed' (number expected, got table)
