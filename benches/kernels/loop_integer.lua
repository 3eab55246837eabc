-- Integer arithmetic in a numeric loop.
return function(n)
  local sum = 0
  for i = 1, n do
    sum = (sum * 31 + i // 3) & 0xFFFFFF ~ i
  end
  return sum
end
