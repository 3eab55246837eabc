-- Positions of calls far below: going there is paid for.
--! end = fuel
--! fuel = 1000000
local function deep(level)
  if level > 0 then
    return 1 + deep(level - 1)
  end
  for _ = 1, 1000 do pcall(error, "x", 90000) end
  return 0
end
deep(100000)
