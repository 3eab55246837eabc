-- Arrays that grow by appending, then are summed, reversed and rotated in place.
-- quick size: 100
local n = tonumber(arg and arg[1]) or 1200000

local function build(size)
  local a = {}
  for i = 1, size do a[#a + 1] = i * 7 % 1001 end
  return a
end

local function sum(a)
  local total = 0
  for i = 1, #a do total = total + a[i] end
  return total
end

local function reverse(a, first, last)
  while first < last do
    a[first], a[last] = a[last], a[first]
    first, last = first + 1, last - 1
  end
end

local checksum = 0
for round = 1, 4 do
  local a = build(n)
  local third = math.floor(#a / 3)
  reverse(a, 1, third)
  reverse(a, third + 1, #a)
  reverse(a, 1, #a)
  for i = 2, #a do a[i] = (a[i] + a[i - 1]) % 65536 end
  checksum = checksum + sum(a) * round + a[#a]
end
print(checksum)

local floats = {}
for i = 1, n do floats[i] = i * 0.5 end
for i = 1, n do floats[i] = floats[i] + floats[n + 1 - i] end
print(string.format("%.1f", sum(floats)))
