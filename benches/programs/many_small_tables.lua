-- Short-lived records and pairs: the cost of making a table and dropping it.
-- quick size: 10
local n = tonumber(arg and arg[1]) or 1400000

local function point(x, y) return { x = x, y = y } end
local function add(a, b) return point(a.x + b.x, a.y + b.y) end

local position = point(0, 0)
for i = 1, n do position = add(position, point(i % 4, 1)) end
print(position.x, position.y)

local sum = 0
for i = 1, n do
  local pair = { i, i + 1 }
  sum = sum + pair[1] - pair[2] * 2
end
print(sum)

local grown = 0
for i = 1, n / 8 do
  local t = {}
  t.name = i
  t.left = i
  t.right = t
  t[1] = i
  if t.right.name == i then grown = grown + t[1] end
end
print(grown)
