-- The events of a coroutine's hook, each told once wherever memory is reclaimed in between: an
-- instruction that has to run again is one event.

local co = coroutine.create(function()
  coroutine.yield(10)
  local sum = 0
  for i = 1, 2 do
    sum = sum + #tostring(i)
  end
  return sum
end)
local trace = {}
debug.sethook(co, function(event, line) trace[#trace + 1] = event .. (line or "") end, "clr")
repeat until not coroutine.resume(co)
print(table.concat(trace, " "))
--> call line5 call return line6 line7 line8 call return line7 line8 call return line7 line10 return

local counted = 0
local other = coroutine.create(function()
  for _ = 1, 10 do
    local _ = {}
  end
end)
debug.sethook(other, function() counted = counted + 1 end, "", 1)
coroutine.resume(other)
print(counted < 60)                                      --> true
