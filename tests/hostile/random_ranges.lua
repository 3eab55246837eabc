-- math.random over ranges that overflow.
--! end = done
for _, pair in ipairs { { 0 }, { 1 }, { math.mininteger, math.maxinteger }, { -5, 5 } } do
  for _ = 1, 100 do math.random(table.unpack(pair)) end
end
assert(not pcall(math.random, 2, 1))
assert(not pcall(math.random, -1))
pcall(math.randomseed, 0 / 0)
pcall(math.randomseed, math.huge)
math.randomseed(math.mininteger, math.maxinteger)
