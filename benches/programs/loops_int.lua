-- Nested counting loops over integers: for, while and repeat, with wrap-around.
-- quick size: 10
local n = tonumber(arg and arg[1]) or 600

local sum = 0
for i = 1, n do
  for j = 1, n do
    for k = j, 1, -7 do
      sum = sum + (i ~ j) * k
    end
  end
end
print("for", sum)

local steps, longest = 0, 0
for start = 1, n * 40 do
  local x, length = start, 0
  while x ~= 1 do
    if x & 1 == 0 then x = x >> 1 else x = 3 * x + 1 end
    length = length + 1
  end
  steps = steps + length
  if length > longest then longest = length end
end
print("while", steps, longest)

local seed, mixed, count = 42, 0, 0
repeat
  seed = seed * 6364136223846793005 + 1442695040888963407
  mixed = mixed ~ (seed >> 33) ~ (seed << 7)
  count = count + 1
until count >= n * n * 20
print("repeat", seed, mixed, count // 7, count % 7)
