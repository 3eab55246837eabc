-- Comparators that contradict themselves.
--! end = done
local function list(n)
  local t = {}
  for i = 1, n do t[i] = i * 7 % 13 end
  return t
end
for _, compare in ipairs {
  function() return true end,
  function() return false end,
  function(a, b) return a <= b end,
  function(a, b) return (a + b) % 3 == 0 end,
  function() return math.random() < 0.5 end,
} do
  for n = 1, 300, 7 do pcall(table.sort, list(n), compare) end
end
