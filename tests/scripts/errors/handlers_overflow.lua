-- A handler of an overflow of protected calls that makes protected calls: bounded, not by memory.
local function f() return xpcall(f, f) end
print(f() == true)
local deepest = 0
local function g(n)
  deepest = math.max(deepest, n)
  return xpcall(g, function() return g(n + 1) end, n + 1)
end
print((g(1)))
print(deepest < 3000)
--> true
--> true
--> true
