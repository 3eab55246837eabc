-- Many small trees built, counted and dropped, while a long-lived one stays.
-- quick size: 5
local n = tonumber(arg and arg[1]) or 15

local function build(depth)
  if depth == 0 then return {} end
  return { build(depth - 1), build(depth - 1) }
end

local function count(tree)
  if not tree[1] then return 1 end
  return 1 + count(tree[1]) + count(tree[2])
end

local least = 4
print("stretch", n + 1, count(build(n + 1)))
local long_lived = build(n)
for depth = least, n, 2 do
  local rounds, total = 2 ^ (n - depth + least), 0
  for _ = 1, rounds / 4 + 1 do total = total + count(build(depth)) end
  print("trees", depth, total)
end
print("long lived", n, count(long_lived))
