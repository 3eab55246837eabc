-- What the debug library says of calls far below, on this thread and on another.
--! end = fuel
--! fuel = 1000000
--! libraries = all
local function deep(level, finish)
  if level > 0 then
    return 1 + deep(level - 1, finish)
  end
  finish()
  return 0
end
local waiting = coroutine.create(deep)
coroutine.resume(waiting, 40000, coroutine.yield)
local calls = {
  function() debug.getinfo(39000, "l") end,
  function() debug.getlocal(39000, 1) end,
  function() debug.setlocal(39000, 3, 1) end,
  function() debug.getinfo(waiting, 39000, "l") end,
  function() debug.getlocal(waiting, 39000, 1) end,
  function() debug.traceback(waiting) end,
  function() debug.traceback(waiting, "x", 39000) end,
}
deep(40000, function()
  for _ = 1, 200 do
    for _, each in ipairs(calls) do each() end
  end
end)
