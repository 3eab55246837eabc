-- Coroutines that resume, close and yield what they must not.
--! end = done
local thread
thread = coroutine.create(function()
  assert(not coroutine.resume(thread))
  assert(not pcall(coroutine.close, thread))
  assert(not pcall(coroutine.wrap(function() return coroutine.resume(thread) end)) or true)
  return "end"
end)
assert(select(2, coroutine.resume(thread)) == "end")
assert(not coroutine.resume(thread))
assert(not pcall(coroutine.close, (coroutine.running())))
assert(not pcall(coroutine.yield))
assert(not pcall(table.sort, { 3, 2, 1 }, coroutine.yield))
assert(not pcall(string.gsub, "x", "x", coroutine.yield))
local inner = coroutine.wrap(function() table.sort({ 3, 2, 1 }, function() coroutine.yield() end) end)
assert(not pcall(inner))
