-- How long the steps of a script take whose heap is cleaned meanwhile: a histogram of CPU time.
-- quick size: 2000
-- Arguments: how many steps, how many MB stay live; a third one chooses the collector of PUC Lua.
-- A step makes forty small tables and strings, and changes one of the records that stay.
local steps = tonumber(arg and arg[1]) or 200000
local megabytes = tonumber(arg and arg[2]) or 10
if arg and arg[3] then collectgarbage(arg[3]) end

local live = {}
local count = megabytes * 1000000 // 220 | 0
for i = 1, count do
  live[i] = { id = i, name = "record number " .. i, next = live[i - 1] }
end

local clock = os.clock
-- Steps by their microseconds.
local buckets = {}
for i = 0, 20000 do buckets[i] = 0 end

local function step(i)
  for j = 1, 20 do
    local record = { x = i, y = j }
    record.name = "short-lived text " .. i
    if j == 1 then live[i % count + 1].name = record.name end
  end
end

for i = 1, steps do
  local started = clock()
  step(i)
  local took = (clock() - started) * 1e6 // 1 | 0
  buckets[math.min(took, 20000)] = buckets[math.min(took, 20000)] + 1
end

local function at(share)
  local wanted = math.max(1, math.ceil(share * steps))
  for i = 0, 20000 do
    wanted = wanted - buckets[i]
    if wanted <= 0 then return i end
  end
end
local longest = {}
for i = 20000, 0, -1 do
  for _ = 1, math.min(buckets[i], 5 - #longest) do longest[#longest + 1] = i end
end
io.stderr:write(string.format(
  "%d steps, %g MB live, microseconds: median %d, 99 %% %d, 99.9 %% %d, 99.99 %% %d, longest %s\n",
  steps, megabytes, at(0.5), at(0.99), at(0.999), at(0.9999), table.concat(longest, " ")))
print(steps, live[1].id)
