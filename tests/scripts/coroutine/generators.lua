-- Generators by wrap: iteration, recursion, composition.
local function range(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end
for i in range(3) do print(i) end
--> 1
--> 2
--> 3
local function permutations(a, n)
  if n == 0 then
    coroutine.yield(table.concat(a, " "))
  else
    for i = 1, n do
      a[n], a[i] = a[i], a[n]
      permutations(a, n - 1)
      a[n], a[i] = a[i], a[n]
    end
  end
end
for p in coroutine.wrap(function() permutations({ 1, 2, 3 }, 3) end) do print(p) end
--> 2 3 1
--> 3 2 1
--> 3 1 2
--> 1 3 2
--> 2 1 3
--> 1 2 3
local function map(f, gen) return coroutine.wrap(function() for v in gen do coroutine.yield(f(v)) end end) end
local function take(n, gen)
  return coroutine.wrap(function()
    for v in gen do
      if n == 0 then return end
      n = n - 1
      coroutine.yield(v)
    end
  end)
end
local out = {}
for v in take(4, map(function(x) return x * x end, range(100))) do out[#out + 1] = v end
print(table.concat(out, " "))  --> 1 4 9 16
local producer = coroutine.wrap(function() for _, w in ipairs { "a", "b" } do coroutine.yield(w) end end)
print(producer(), producer(), producer())  --> a	b
local function tree(t) if t then tree(t[1]) coroutine.yield(t[2]) tree(t[3]) end end
for v in coroutine.wrap(function() tree({ { nil, 1, nil }, 2, { { nil, 3 }, 4 } }) end) do io.write(v, ";") end
print()  --> 1;2;3;4;
