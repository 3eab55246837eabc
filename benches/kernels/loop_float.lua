-- Float arithmetic in a numeric loop.
return function(n)
  local x, sum = 0.5, 0.0
  for i = 1, n do
    x = 3.75 * x * (1.0 - x)
    sum = sum + x / i
  end
  return math.floor(sum * 1e9)
end
