-- Coroutines that nobody keeps: no memory, only time.
--! end = deadline
while true do
  coroutine.wrap(function() coroutine.yield() end)()
end
