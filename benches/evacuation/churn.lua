-- Short-lived tables and strings by the gigabyte, while some megabytes stay live.
-- quick size: 0.01
-- Arguments: how many GB (10^9 bytes, as PUC Lua 5.4 counts them), and how many MB stay live; what
-- is live is written to now and then. A third argument chooses the collector of PUC Lua.
local gigabytes = tonumber(arg and arg[1]) or 1
local megabytes = tonumber(arg and arg[2]) or 10
if arg and arg[3] then collectgarbage(arg[3]) end

-- A record and its name take about 220 bytes.
local live = {}
local count = megabytes * 1000000 // 220 | 0
for i = 1, count do
  live[i] = { id = i, name = "record number " .. i, next = live[i - 1] }
end

-- The two tables take 88 and 136 bytes, the text 50: 274 together.
local rounds = gigabytes * 1e9 // 274 | 0
local texts = 0
for i = 1, rounds do
  local pair = { i, i + 1 }
  local text = "short-lived text " .. i
  local record = { x = pair, y = text }
  if i % 1000 == 0 then
    live[i // 1000 % count + 1].name = record.y
    texts = texts + 1
  end
end
print(rounds, texts, live[1].id, live[count].next.id)
