-- Tens of thousands of varargs are passed on: to functions of both kinds, by tail calls.
--! end = deadline
local t = {}
for i = 1, 60000 do t[i] = i end
local function none() end
local function tail(n, ...) if n > 0 then return tail(n - 1, ...) end end
local select, max, wrap, yield = select, math.max, coroutine.wrap, coroutine.yield
local function run(n, ...)
  local echo = wrap(function(...) while true do yield(...) end end)
  for i = 1, n do
    none(...)
    tail(5, ...)
    select(1, ...)
    max(...)
    pcall(none, ...)
    echo(...)
  end
end
local rounds = 1
while true do
  run(rounds, table.unpack(t))
  rounds = rounds * 2
end
