-- Hundreds of thousands of results are handed through thousands of calls on their way back.
--! end = deadline
local t = {}
for i = 1, 200000 do t[i] = i end
local unpack = table.unpack
local function deep(n)
  if n == 0 then return unpack(t) end
  return 1, deep(n - 1)
end
local function caught(n)
  if n == 0 then return unpack(t) end
  return pcall(caught, n - 1)
end
while true do
  deep(20000)
  caught(150)
end
