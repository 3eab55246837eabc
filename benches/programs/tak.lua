-- Deep recursion with several arguments: Takeuchi's function and Ackermann's.
-- quick size: 1
local n = tonumber(arg and arg[1]) or 10

local function tak(x, y, z)
  if y >= x then return z end
  return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
end

local function ackermann(m, k)
  if m == 0 then return k + 1 end
  if k == 0 then return ackermann(m - 1, 1) end
  return ackermann(m - 1, ackermann(m, k - 1))
end

print("tak", tak(2 * n, n, math.floor(n / 2)))
print("ackermann", ackermann(3, n))
