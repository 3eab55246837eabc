-- Tables keyed by sparse integers and by floats: insert, look up, delete.
-- quick size: 100
local n = tonumber(arg and arg[1]) or 330000

local function spread(i) return i * 2654435761 % 4294967296 end

local sparse = {}
for i = 1, n do sparse[spread(i)] = i end
local sum, missing = 0, 0
for i = 1, n * 2 do
  local v = sparse[spread(i)]
  if v then sum = sum + v else missing = missing + 1 end
end
print(sum, missing)

for i = 1, n, 2 do sparse[spread(i)] = nil end
local left = 0
for key, value in pairs(sparse) do left = left + key - value end
print(left)

local grid = {}
local side = math.floor(n ^ 0.5)
local half = math.floor(side / 2)
for y = -half, half do
  for x = -half, half do grid[y * 65536 + x] = x * y end
end
local corners = 0
for y = -half, half do
  for x = -half, half do
    local up, down = grid[(y - 1) * 65536 + x], grid[(y + 1) * 65536 + x]
    corners = corners + (up or 1) - (down or 2)
  end
end
print(corners)

local halves = {}
for i = 1, n / 4 do halves[i + 0.5] = i end
for i = 1, n / 4 do halves[i + 0.0] = -i end
local balance = 0
for i = 1, n / 4 do balance = balance + halves[i + 0.5] + halves[i] end
print(balance)
