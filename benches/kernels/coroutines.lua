-- Switching between coroutines.
return function(n)
  local producer = coroutine.wrap(function()
    for i = 1, n do coroutine.yield(i) end
    return 0
  end)
  local sum = 0
  for _ = 1, n do sum = sum + producer() end
  return sum
end
