-- Prime numbers by crossing out: boolean array writes and reads.
-- quick size: 1000
local n = tonumber(arg and arg[1]) or 2400000

local function sieve(limit)
  local composite = {}
  for i = 1, limit do composite[i] = false end
  for i = 2, limit do
    if i * i > limit then break end
    if not composite[i] then
      for j = i * i, limit, i do composite[j] = true end
    end
  end
  local count, last, sum = 0, 0, 0
  for i = 2, limit do
    if not composite[i] then
      count, last, sum = count + 1, i, sum + i
    end
  end
  return count, last, sum
end

for round = 1, 8 do print(round, sieve(math.floor(n / round))) end
