-- A yield is called before the coroutine stops, and returns when it goes on.
local thread = coroutine.create(function(a)
  local b = coroutine.yield(a)
  return b
end)
local seen = {}
debug.sethook(thread, function(event, line)
  seen[#seen + 1] = event .. (line and " " .. line or "")
end, "clr")
print(coroutine.resume(thread, 1))  --> true	1
print(table.concat(seen, ", "))  --> call, line 3, call
seen = {}
print(coroutine.resume(thread, 2))  --> true	2
print(table.concat(seen, ", "))  --> return, line 4, return
