-- Allocation of many small objects that die young.
return function(n)
  local sum = 0
  for i = 1, n do
    local pair = {first = i, second = {i, i + 1}}
    sum = sum + pair.first + pair.second[2]
  end
  return sum
end
