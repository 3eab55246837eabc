-- Divisions and conversions that trap in other languages.
--! end = done
assert(math.mininteger // -1 == math.mininteger and math.mininteger % -1 == 0)
assert(not pcall(function() return 1 // 0 end) and not pcall(function() return 1 % 0 end))
assert(1 << 64 == 0 and 1 << -64 == 0 and 1 >> math.mininteger == 0 and 1 << math.maxinteger == 0)
assert(math.abs(math.mininteger) == math.mininteger and -math.mininteger == math.mininteger)
assert(not pcall(function() return 1 | 2 ^ 63 end) and not pcall(function() return 1 | 0 / 0 end))
assert(math.tointeger(2 ^ 63) == nil and math.fmod(math.mininteger, -1) == 0)
assert(not pcall(math.fmod, 1, 0))
assert(tostring(2 ^ 63) == "9.2233720368548e+18" and 2 ^ 63 > math.maxinteger)
assert(tonumber(("1"):rep(1000), 36) and not tonumber(("z"):rep(10), 10))
assert(not pcall(tonumber, "1", 99) and not pcall(tonumber, 1, 10))
