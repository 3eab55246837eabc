-- A comparator that takes the list apart while it is sorted.
--! end = done
local t = {}
for i = 1, 500 do t[i] = 500 - i end
pcall(table.sort, t, function(a, b)
  t[#t] = nil
  return (a or 0) < (b or 0)
end)
local u = {}
for i = 1, 500 do u[i] = i % 17 end
pcall(table.sort, u, function(a, b)
  for i = 1, 500 do u[i] = {} end
  return tostring(a) < tostring(b)
end)
