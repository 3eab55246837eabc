-- Sorting: table.sort with and without a comparison, and a quicksort in Lua.
-- quick size: 100
local n = tonumber(arg and arg[1]) or 120000

local function numbers(count)
  local state, a = 99, {}
  for i = 1, count do
    state = state * 16807 % 2147483647
    a[i] = state
  end
  return a
end

local function check(a, less)
  local h = 0
  for i = 1, #a do
    if i > 1 and less(a[i], a[i - 1]) then return "not sorted" end
    h = (h * 31 + #tostring(a[i]) + i) % 4294967296
  end
  return h
end

local function up(a, b) return a < b end
local function down(a, b) return a > b end

local function quicksort(a, low, high)
  while low < high do
    local pivot, i, j = a[math.floor((low + high) / 2)], low, high
    while i <= j do
      while a[i] < pivot do i = i + 1 end
      while a[j] > pivot do j = j - 1 end
      if i <= j then
        a[i], a[j] = a[j], a[i]
        i, j = i + 1, j - 1
      end
    end
    if j - low < high - i then
      quicksort(a, low, j)
      low = i
    else
      quicksort(a, i, high)
      high = j
    end
  end
end

local a = numbers(n)
table.sort(a)
print("plain", check(a, up), a[1], a[n])

a = numbers(n)
table.sort(a, down)
print("comparison", check(a, down), a[1], a[n])

a = numbers(n)
quicksort(a, 1, n)
print("quicksort", check(a, up), a[1], a[n])

local words = numbers(math.floor(n / 2))
for i = 1, #words do words[i] = ("w%x"):format(words[i]) end
table.sort(words)
print("strings", check(words, up), words[1], words[#words])

local records = numbers(math.floor(n / 2))
for i = 1, #records do records[i] = { key = records[i] % 1000, index = i } end
table.sort(records, function(x, y)
  if x.key ~= y.key then return x.key < y.key end
  return x.index < y.index
end)
local h = 0
for i = 1, #records do h = (h * 31 + records[i].index) % 4294967296 end
print("records", h)
