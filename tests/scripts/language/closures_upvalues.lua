-- Upvalues: shared between closures, fresh in each turn of a loop, and closed.
local function counter()
  local n = 0
  return function() n = n + 1 return n end, function() return n end, function(v) n = v end
end
local inc, get, set = counter()
inc() inc()
print(get()) set(10) print(inc(), get())
--> 2
--> 11	11
local inc2 = counter()
print(inc2(), get())  --> 1	11
local fs = {}
for i = 1, 3 do fs[i] = function() i = i + 10 return i end end
print(fs[1](), fs[1](), fs[2](), fs[3]())  --> 11	21	12	13
local gs = {}
local k = 0
while k < 3 do
  k = k + 1
  local j = k
  gs[k] = function() return j, k end
end
print(gs[1]()) print(gs[3]())
--> 1	3
--> 3	3
local function outer(a)
  return function(b)
    return function(c)
      a = a + 1
      return a + b + c
    end
  end
end
local h = outer(1)(10)
print(h(100), h(100))  --> 112	113
local x = 1
local function read() return x end
local function write(v) x = v end
write(5) print(x, read()) x = 6 print(read())
--> 5	5
--> 6
local function params(a, ...)
  local rest = ...
  return function() a = a + rest return a end
end
local p = params(1, 2)
print(p(), p())  --> 3	5
local function make() local t = {} for i = 1, 2 do local v = i t[i] = { function() return v end,
  function(n) v = n end } end return t end
local m = make()
m[1][2](42)
print(m[1][1](), m[2][1]())  --> 42	2
