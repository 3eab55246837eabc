-- A suspended generator left by break stays suspended; resuming a non-suspended one fails.
local co = coroutine.create(function() for i = 1, 10 do coroutine.yield(i) end end)
for i in function() return select(2, coroutine.resume(co)) end do if i == 3 then break end end
print(coroutine.status(co), coroutine.resume(co))  --> suspended	true	4
local self
self = coroutine.wrap(function() return pcall(self) end)
print(self())  --> false	cannot resume non-suspended coroutine
print(coroutine.resume(coroutine.create(coroutine.yield), 1, 2))  --> true	1	2
print(coroutine.resume(coroutine.create(coroutine.resume), coroutine.create(function() return "x" end)))
--> true	true	x
print(coroutine.wrap(coroutine.wrap)(print) ~= nil)  --> true
local f = coroutine.wrap(pcall)
print(f(error, "direct", 0))  --> false	direct
local t = coroutine.wrap(function() return table.unpack({ 1, 2, 3 }) end)
print(t())  --> 1	2	3
