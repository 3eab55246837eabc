-- Functions: arguments adjusted, results adjusted, recursion, names with dots.
local function f(a, b) return b, a end
print(f(1), f(1, 2), f(1, 2, 3))  --> nil	2	2	1
print((f(1, 2)))  --> 2
local t = { inner = {} }
function t.inner.add(a, b) return a + b end
function t.inner:method(x) return self == t.inner, x end
print(t.inner.add(1, 2), t.inner:method(5))  --> 3	true	5
function global_function() return "global" end
print(global_function())  --> global
print((function() end)(), (function() return end)() == nil, select("#", (function() end)()))
--> nil	true	0
print(select("#", (function() return nil, nil end)()))  --> 2
local function many() return 1, 2, 3 end
print(many(), many())  --> 1	1	2	3
print(({ many(), many() })[4], #{ many(), many() }, #{ many(), (many()) })  --> 3	4	2
local s = "x"
print(s:rep(3), ("%d"):format(7), #s:rep(10))  --> xxx	7	10
local function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
print(even(10), odd(7), even(7))  --> true	true	false
local y = function(le) return (function(g) return g(g) end)(function(g)
  return le(function(x) return g(g)(x) end) end) end
print(y(function(self) return function(n) return n == 0 and 1 or n * self(n - 1) end end)(10))
--> 3628800
print(type(f), f == f, f ~= function() end)  --> function	true	true
