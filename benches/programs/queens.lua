-- All ways to place n queens: backtracking over three boolean arrays.
-- quick size: 5
local n = tonumber(arg and arg[1]) or 12

local columns, rising, falling, placed = {}, {}, {}, {}
local solutions, checksum = 0, 0

local function place(row)
  if row > n then
    solutions = solutions + 1
    for i = 1, n do checksum = (checksum * 7 + placed[i]) % 16777216 end
    return
  end
  for column = 1, n do
    local up, down = row + column, row - column + n
    if not (columns[column] or rising[up] or falling[down]) then
      columns[column], rising[up], falling[down], placed[row] = true, true, true, column
      place(row + 1)
      columns[column], rising[up], falling[down] = false, false, false
    end
  end
end

place(1)
print(n, solutions, checksum)
