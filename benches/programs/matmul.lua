-- Products of square matrices kept as arrays of arrays.
-- quick size: 6
local n = tonumber(arg and arg[1]) or 300

local function matrix(size, scale)
  local m = {}
  for i = 1, size do
    local row = {}
    for j = 1, size do row[j] = scale * (i - j) * (i + j - 2) end
    m[i] = row
  end
  return m
end

local function transpose(m)
  local t = {}
  for j = 1, #m[1] do
    local row = {}
    for i = 1, #m do row[i] = m[i][j] end
    t[j] = row
  end
  return t
end

local function multiply(a, b)
  local columns, product = transpose(b), {}
  for i = 1, #a do
    local arow, row = a[i], {}
    for j = 1, #columns do
      local column, sum = columns[j], 0.0
      for k = 1, #arow do sum = sum + arow[k] * column[k] end
      row[j] = sum
    end
    product[i] = row
  end
  return product
end

local a, b = matrix(n, 1.0 / n), matrix(n, 0.5 / n)
local c = multiply(a, b)
local trace = 0.0
for i = 1, n do trace = trace + c[i][i] end
local middle = math.floor(n / 2) + 1
print(string.format("%.6f %.6f %.6f", c[1][n], c[middle][middle], trace))
