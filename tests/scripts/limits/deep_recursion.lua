-- Recursion that is deep but not endless works.
local function sum(n) if n == 0 then return 0 end return n + sum(n - 1) end
print(sum(10000), sum(50000))  --> 50005000	1250025000
local function depth(t) local d = 0 while t do t, d = t.next, d + 1 end return d end
local list
for _ = 1, 100000 do list = { next = list } end
print(depth(list))  --> 100000
local nest = "x"
for _ = 1, 100 do nest = "(" .. nest .. ")" end
print(load("local x = 5; return " .. nest)())  --> 5
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(20))  --> 6765
local function pack_depth(n) if n == 0 then return {} end return { pack_depth(n - 1) } end
local p, levels = pack_depth(5000), 0
while p[1] do p, levels = p[1], levels + 1 end
print(levels)  --> 5000
