-- sort in a comparator of sort.
--! end = done
local function f(a, b)
  table.sort({ 1, 2, 3 }, f)
  return a < b
end
assert(not pcall(f, 1, 2))
