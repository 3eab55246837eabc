-- Building strings: concatenation, conversion of numbers, table.concat.
return function(n)
  local parts, size = {}, 0
  for i = 1, n do
    local line = "item " .. i .. ": " .. (i * 7 % 100) .. ";"
    size = size + #line
    parts[#parts + 1] = line
  end
  return size + #table.concat(parts, "\n")
end
