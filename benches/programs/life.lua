-- Conway's Game of Life on an endless board: cells are kept by string keys.
-- quick size: 3
local n = tonumber(arg and arg[1]) or 900

local function key(x, y) return x .. "," .. y end

local function load_cells(rows, left, top)
  local cells = {}
  for y, row in ipairs(rows) do
    for x = 1, #row do
      if row:sub(x, x) == "#" then cells[key(left + x, top + y)] = { left + x, top + y } end
    end
  end
  return cells
end

local function step(cells)
  local counts, places = {}, {}
  for _, cell in pairs(cells) do
    local x, y = cell[1], cell[2]
    for dy = -1, 1 do
      for dx = -1, 1 do
        if dx ~= 0 or dy ~= 0 then
          local k = key(x + dx, y + dy)
          counts[k] = (counts[k] or 0) + 1
          if not places[k] then places[k] = { x + dx, y + dy } end
        end
      end
    end
  end
  local following = {}
  for k, count in pairs(counts) do
    if count == 3 or count == 2 and cells[k] then following[k] = places[k] end
  end
  return following
end

-- An R pentomino, which stays lively for a thousand generations, and a glider.
local cells = load_cells({ ".##", "##.", ".#." }, 0, 0)
for k, cell in pairs(load_cells({ ".#.", "..#", "###" }, 40, 40)) do cells[k] = cell end

local born = 0
for _ = 1, n do
  cells = step(cells)
  for _ in pairs(cells) do born = born + 1 end
end
local sum_x, sum_y, population = 0, 0, 0
for _, cell in pairs(cells) do
  sum_x, sum_y, population = sum_x + cell[1], sum_y + cell[2], population + 1
end
print(n, population, born, sum_x, sum_y)
