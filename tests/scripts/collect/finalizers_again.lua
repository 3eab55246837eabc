-- Finalizers that make others of their kind, and enough garbage for the next evacuation: the script
-- goes on between them.
local meta = {}
local count = 0
meta.__gc = function()
  count = count + 1
  local garbage = {}
  for i = 1, 9000 do garbage[i] = {i, {i}} end
  if count < 1e6 then setmetatable({}, meta) end
end
setmetatable({}, meta)
collectgarbage()
local made = 0
for i = 1, 200 do
  local t = {i, {i}}
  made = made + #t
end
print(made)
--> 400
