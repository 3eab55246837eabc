-- Word frequencies: tables keyed by strings that are cut out of a text.
-- quick size: 2
local n = tonumber(arg and arg[1]) or 1200

local syllables = { "ka", "lo", "mi", "nu", "re", "sa", "to", "vi", "we", "zu", "pha", "qui" }
local state = 12345
local function random(limit)
  state = state * 16807 % 2147483647
  return state % limit + 1
end

local words = {}
for i = 1, 2000 do
  local parts = {}
  for j = 1, 1 + random(3) do parts[j] = syllables[random(#syllables)] end
  words[i] = table.concat(parts)
end
local pieces = {}
for i = 1, 1500 do pieces[i] = words[random(random(#words))] end
local text = table.concat(pieces, " ")

local counts, distinct, total = {}, 0, 0
for _ = 1, n do
  for word in text:gmatch("%a+") do
    local seen = counts[word]
    if seen then
      counts[word] = seen + 1
    else
      counts[word] = 1
      distinct = distinct + 1
    end
    total = total + 1
  end
end

-- Lookups by keys that already exist, without making any string.
local hits = 0
for _ = 1, n * 5 do
  for i = 1, #words do
    if counts[words[i]] then hits = hits + 1 end
  end
end

local order = {}
for word in pairs(counts) do order[#order + 1] = word end
table.sort(order, function(a, b)
  if counts[a] ~= counts[b] then return counts[a] > counts[b] end
  return a < b
end)
print(total, distinct, hits)
for i = 1, 5 do print(order[i], counts[order[i]]) end
