-- Making closures over loop variables and calling them.
return function(n)
  local total = 0
  for i = 1, n do
    local step = i & 7
    local function add(x)
      total = total + x + step
      return function() return total & step end
    end
    total = total - add(i)()
  end
  return total
end
