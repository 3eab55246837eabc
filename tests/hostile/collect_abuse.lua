-- collectgarbage as often as it goes.
--! end = deadline
local keep = {}
for i = 1, 10000 do keep[i] = { i } end
while true do
  collectgarbage()
  collectgarbage("step", 1)
  collectgarbage("count")
end
