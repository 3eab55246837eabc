-- Escape times over a square of the complex plane, in float arithmetic only.
-- quick size: 8
local n = tonumber(arg and arg[1]) or 700
local LIMIT = 100

local inside, total, checksum = 0, 0, 0
for row = 0, n - 1 do
  local ci = 2.0 * row / n - 1.0
  for column = 0, n - 1 do
    local cr = 3.0 * column / n - 2.0
    local zr, zi, steps = 0.0, 0.0, 0
    while steps < LIMIT do
      local rr, ii = zr * zr, zi * zi
      if rr + ii > 4.0 then break end
      zi = 2.0 * zr * zi + ci
      zr = rr - ii + cr
      steps = steps + 1
    end
    if steps == LIMIT then inside = inside + 1 end
    total = total + steps
    checksum = (checksum * 31 + steps) % 4294967296
  end
end
print(inside, total, checksum)
