--! whole
-- Ephemeron tables: chains of keys and values, through one table and through many.
local mode = {__mode = "k"}
local function count(t)
  local n = 0
  for _ in pairs(t) do n = n + 1 end
  return n
end

local function chain(length, table_of)
  local first = {}
  local key = first
  for i = 1, length do
    local next_key = {}
    table_of(i)[key] = {next_key}
    key = next_key
  end
  return first
end

-- One table.
local all = setmetatable({}, mode)
local first = chain(2000, function() return all end)
collectgarbage()
print(count(all))  --> 2000
local key, length = first, 0
while all[key] do key, length = all[key][1], length + 1 end
print(length)  --> 2000
key, first = nil, nil
collectgarbage()
print(count(all))  --> 0

-- Many tables, made in either order.
for _, backwards in ipairs {false, true} do
  local tables = {}
  for i = 1, 300 do tables[i] = setmetatable({}, mode) end
  local head = chain(300, function(i) return tables[backwards and 301 - i or i] end)
  collectgarbage()
  local n = 0
  for i = 1, 300 do n = n + count(tables[i]) end
  head = nil
  collectgarbage()
  local left = 0
  for i = 1, 300 do left = left + count(tables[i]) end
  print(n, left)  --> 300	0
end
--> 300	0

-- One key in many tables.
local shared, tables = {}, {}
for i = 1, 100 do tables[i] = setmetatable({[shared] = {i}}, mode) end
collectgarbage()
local sum = 0
for i = 1, 100 do sum = sum + tables[i][shared][1] end
print(sum)  --> 5050
shared = nil
collectgarbage()
sum = 0
for i = 1, 100 do sum = sum + count(tables[i]) end
print(sum)  --> 0

-- Keys of all kinds that are objects.
local kinds = setmetatable({}, mode)
local held = {function() return held end, coroutine.create(print), coroutine.wrap(print), {}}
for i, object in ipairs(held) do kinds[object] = {object, i} end
for _ = 1, 3 do
  kinds[function() return _ end] = 1
  kinds[coroutine.create(print)] = 1
end
collectgarbage()
print(count(kinds))  --> 4
for i, object in ipairs(held) do assert(kinds[object][2] == i and kinds[object][1] == object) end

-- A key that a finalizer brings back still has its value, once.
local info = setmetatable({}, mode)
local got
info[setmetatable({}, {__gc = function(object) got = info[object] end})] = "kept"
collectgarbage()
print(got)  --> kept
collectgarbage()
print(count(info))  --> 0
-- As a weak value it is gone by then.
local cache = setmetatable({}, {__mode = "v"})
cache.x = setmetatable({}, {__gc = function() got = cache.x end})
collectgarbage()
print(got)  --> nil
