-- Numbers and strings turned into text by string.format and tostring, and back.
-- quick size: 10
local n = tonumber(arg and arg[1]) or 110000
local format = string.format

local length, hash = 0, 0
local function add(s)
  length = length + #s
  hash = (hash * 31 + s:byte(-1) + s:byte(math.floor(#s / 2) + 1)) % 4294967296
end

for i = 1, n do
  add(format("%d", i))
  add(format("%5d|%-8s|%03d", i, "x" .. (i % 10), i % 100))
  add(format("%x %X", i, i * 255))
  add(format("%.3f", i / 7))
  add(format("%g", i / 8))
  add(format("%s is %s", "item", i))
  add(tostring(i))
end
print(length, hash)

local quoted = 0
for i = 1, n / 4 do quoted = quoted + #format("%q", "line\n" .. i .. "\0") end
print(quoted)

local sum, broken = 0, 0
for i = 1, n do
  sum = sum + tonumber(format("%d", i)) + tonumber(i .. "", 16)
  if not tonumber("0x" .. i .. "g") then broken = broken + 1 end
end
print(sum, broken)
