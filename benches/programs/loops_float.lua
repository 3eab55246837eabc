-- Loops over floating-point numbers: series, a logistic map and a root finder.
-- quick size: 100
local n = tonumber(arg and arg[1]) or 11000000

local pi, sign = 0.0, 1.0
for i = 0, n do
  pi = pi + sign / (2.0 * i + 1.0)
  sign = -sign
end
print(string.format("leibniz %.9f", 4.0 * pi))

local x, mean = 0.25, 0.0
for _ = 1, n do
  x = 3.7 * x * (1.0 - x)
  mean = mean + x
end
print(string.format("logistic %.4f", mean / n))

local total = 0.0
for value = 1.0, n / 10.0 do
  local guess = value * 0.5
  for _ = 1, 6 do
    guess = 0.5 * (guess + value / guess)
  end
  total = total + guess
end
print(string.format("newton %.6e", total))

local area, h = 0.0, 1.0 / n
for t = 0.0, 1.0, h do
  area = area + t * t * h
end
print(string.format("area %.4f", area))
