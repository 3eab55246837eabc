-- string.pack and unpack with sizes that overflow.
--! end = done
assert(not pcall(string.pack, "i17", 1))
assert(not pcall(string.pack, "!32 i4", 1))
assert(not pcall(string.packsize, ("c2147483647"):rep(10)))
assert(not pcall(string.packsize, "s"))
assert(not pcall(string.unpack, "s8", ("\xff"):rep(8) .. "x"))
assert(not pcall(string.unpack, "i4", "abc"))
assert(not pcall(string.unpack, "i4", "abcd", math.maxinteger))
assert(not pcall(string.unpack, ("i1"):rep(1e6), ("x"):rep(1e6)))
assert(not pcall(string.unpack, "z", "no end"))
assert(not pcall(string.pack, "c10", ("x"):rep(20)))
