-- Many coroutines at once, deep chains of resumes, and locals kept apart.
local cos = {}
for i = 1, 1000 do
  cos[i] = coroutine.wrap(function()
    local sum = i
    while true do sum = sum + coroutine.yield(sum) end
  end)
end
local total = 0
for round = 1, 3 do
  for i = 1, #cos do total = total + cos[i](round) end
end
print(total)  --> 1508500
local function chain(n)
  if n == 0 then return coroutine.yield and "bottom" end
  return coroutine.wrap(function() return chain(n - 1) end)()
end
print(chain(50))  --> bottom
local a, b
local log = {}
a = coroutine.create(function()
  for i = 1, 3 do log[#log + 1] = "a" .. i coroutine.yield() end
end)
b = coroutine.create(function()
  for i = 1, 3 do log[#log + 1] = "b" .. i coroutine.yield() end
end)
while coroutine.status(a) ~= "dead" or coroutine.status(b) ~= "dead" do
  coroutine.resume(a)
  coroutine.resume(b)
end
print(table.concat(log, " "))  --> a1 b1 a2 b2 a3 b3
local shared = 0
local function adder(n) return coroutine.wrap(function() while true do shared = shared + n coroutine.yield(shared) end end) end
local one, ten = adder(1), adder(10)
print(one(), ten(), one(), ten(), shared)  --> 1	11	12	22	22
local co = coroutine.wrap(function(...)
  local args = { ... }
  while true do args = { coroutine.yield(table.unpack(args)) } end
end)
print(co(1, 2, 3)) print(co()) print(co("x"))
--> 1	2	3
-->
--> x
print(co(table.unpack({}, 1, 200)) == nil, select("#", co(table.unpack({}, 1, 200))))  --> true	0
