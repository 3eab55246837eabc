-- A text read byte by byte: string.byte, sub, char, and a hand-written scanner.
-- quick size: 2
local n = tonumber(arg and arg[1]) or 180
local byte, sub, char = string.byte, string.sub, string.char

local parts = {}
for i = 1, 400 do
  parts[i] = ("let v%d = (%d + x_%d) * 0x%x; // note %d"):format(i, i * 3, i, i * 17, i)
end
local text = table.concat(parts, "\n")

local function hash(s)
  local h = 2166136261
  for i = 1, #s do h = (h * 31 + byte(s, i)) % 4294967296 end
  return h
end

local function scan(s)
  local i, length = 1, #s
  local names, numbers, others = 0, 0, 0
  while i <= length do
    local c = byte(s, i)
    if c >= 97 and c <= 122 or c == 95 then
      repeat
        i = i + 1
        c = byte(s, i)
      until not c or not (c >= 97 and c <= 122 or c == 95 or c >= 48 and c <= 57)
      names = names + 1
    elseif c >= 48 and c <= 57 then
      repeat
        i = i + 1
        c = byte(s, i)
      until not c or c < 48 or c > 57
      numbers = numbers + 1
    else
      if c > 32 then others = others + 1 end
      i = i + 1
    end
  end
  return names, numbers, others
end

local function rot13(s)
  local out = {}
  for i = 1, #s do
    local c = sub(s, i, i)
    local b = byte(c)
    if c >= "a" and c <= "z" then out[i] = char((b - 97 + 13) % 26 + 97) else out[i] = c end
  end
  return table.concat(out)
end

local h, names, numbers, others = 0, 0, 0, 0
for _ = 1, n do
  h = h + hash(text)
  h = h * 2 % 4294967296
  local a, b, c = scan(text)
  names, numbers, others = names + a, numbers + b, others + c
end
print(h, names, numbers, others)

local turned = text
for _ = 1, math.floor(n / 6) * 2 + 1 do turned = rot13(turned) end
print(#turned, hash(turned), rot13(turned) == text)
