-- Finalizers that raise, loop in circles and yield.
--! end = done|deadline
for _, f in ipairs {
  function() error("x") end,
  function() coroutine.yield() end,
  function(o) setmetatable(o, getmetatable(o)) end,
  function() collectgarbage() end,
  print and function() local t = {} t.t = t end,
} do
  for _ = 1, 10 do setmetatable({}, { __gc = f }) end
  collectgarbage()
end
