-- Tracebacks of many calls, of which few lines are shown.
--! end = fuel
--! fuel = 1000000
local function deep(level)
  if level > 0 then
    return 1 + deep(level - 1)
  end
  for _ = 1, 500 do debug.traceback("x", 99000) end
  for _ = 1, 500 do xpcall(error, debug.traceback) end
  return 0
end
deep(100000)
