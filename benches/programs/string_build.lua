-- Strings put together: by .. step by step, by table.concat, by rep and reverse.
-- quick size: 20
local n = tonumber(arg and arg[1]) or 300000

local function checksum(s)
  local h = #s
  for i = 1, #s, 97 do h = (h * 31 + s:byte(i)) % 4294967296 end
  return h
end

local line, kept = "", 0
for i = 1, n do
  line = line .. i % 10
  if #line > 200 then kept, line = kept + checksum(line), "" end
end
print(kept)

local parts = {}
for i = 1, n * 2 do parts[i] = i end
local joined = table.concat(parts, ",")
print(#joined, checksum(joined))

local total = 0
for i = 1, n do
  local record = "id=" .. i .. ";name=" .. "n" .. i % 16 .. ";ratio=" .. i / 4 + 0.125
  total = total + #record
end
print(total)

local mirrored = 0
for i = 1, n do
  local s = ("ab"):rep(i % 20, "-"):reverse():upper()
  mirrored = mirrored + #s
end
print(mirrored)
