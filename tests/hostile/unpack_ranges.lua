-- table.unpack and select over ranges that no stack holds.
--! end = done
assert(not pcall(table.unpack, {}, 1, math.maxinteger))
assert(not pcall(table.unpack, {}, math.mininteger, math.maxinteger))
assert(not pcall(table.unpack, {}, 1, 1e8))
assert(select("#", table.unpack({}, math.maxinteger, math.maxinteger)) == 1)
assert(#{ table.unpack({}, 1, 1000) } == 0)
assert(not pcall(select, math.mininteger, 1))
assert(select("#", select(math.maxinteger, 1)) == 0)
assert(not pcall(string.byte, ("x"):rep(2e6), 1, -1))
assert(not pcall(function() return string.char(table.unpack({}, 1, 1e6)) end))
