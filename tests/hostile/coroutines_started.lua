-- Coroutines that are kept, each with a stack.
--! end = memory
local kept = {}
while true do
  local thread = coroutine.wrap(function() coroutine.yield() end)
  thread()
  kept[#kept + 1] = thread
end
