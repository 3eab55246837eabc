-- Fields by constant name, and string keys made at run time.
return function(n)
  local point = {x = 1, y = 2, z = 3, weight = 4}
  for i = 1, n do
    point.x = (point.x + point.y) & 0xFFFF
    point.y = (point.z ~ point.weight) + i
    point.weight = point.x & 0xFF
  end
  local seen, keys = {}, {}
  for i = 1, 64 do keys[i] = "key" .. i end
  for i = 1, n do
    local key = keys[i % 64 + 1]
    seen[key] = (seen[key] or 0) + 1
  end
  return point.x + point.y + seen.key7
end
