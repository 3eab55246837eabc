-- Short strings made and dropped: substrings, joins, numbers as text, case.
-- quick size: 10
local n = tonumber(arg and arg[1]) or 800000
local sub = string.sub

local alphabet = "abcdefghijklmnopqrstuvwxyz"
local length, equal, hash = 0, 0, 0
for i = 1, n do
  local from = i % 20 + 1
  local a = sub(alphabet, from, from + 4)
  local b = a .. i % 100
  length = length + #b
  if a == sub(alphabet, 5, 9) then equal = equal + 1 end
  hash = (hash + b:byte(-1) * from) % 4294967296
end
print(length, equal, hash)

local upper = 0
for i = 1, n / 2 do
  local s = ("Key-" .. i % 256):upper()
  if s < "KEY-2" then upper = upper + 1 end
end
print(upper)

local kept = {}
for i = 1, n / 2 do kept[(i - 1) % 1000 + 1] = "value " .. i end
local total = 0
for i = 1, #kept do total = total + #kept[i] end
print(total)
