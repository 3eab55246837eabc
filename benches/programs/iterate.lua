-- Generic for over pairs, ipairs, next, a closure and a stateless iterator.
-- quick size: 3
local n = tonumber(arg and arg[1]) or 2200

local array, record, mixed = {}, {}, {}
for i = 1, 1000 do
  array[i] = i
  record["key" .. i] = i
  if i % 3 == 0 then mixed[i] = i elseif i % 3 == 1 then mixed[i + 0.5] = i
  else mixed["k" .. i] = i end
end

local function range(limit)
  local i = 0
  return function()
    i = i + 1
    if i <= limit then return i end
  end
end

local function step(limit, i)
  if i < limit then return i + 1 end
end

local by_pairs, by_ipairs, by_record, by_mixed, by_next, by_closure, by_step = 0, 0, 0, 0, 0, 0, 0
for _ = 1, n do
  for k, v in pairs(array) do by_pairs = by_pairs + k * v end
  for i, v in ipairs(array) do by_ipairs = by_ipairs + i - v * 2 end
  for _, v in pairs(record) do by_record = by_record + v end
  for _, v in pairs(mixed) do by_mixed = by_mixed + v end
  local key, value = next(record)
  while key do
    by_next = by_next + value
    key, value = next(record, key)
  end
  for i in range(1000) do by_closure = by_closure + i end
  for i in step, 1000, 0 do by_step = by_step + i end
end
print(by_pairs, by_ipairs, by_record, by_mixed, by_next, by_closure, by_step)
