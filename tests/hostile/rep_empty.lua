-- Repeating nothing for ever is work that is charged, or none.
--! end = done|deadline
assert(string.rep("", math.maxinteger) == "")
assert(string.rep("", 1e9 // 1 | 0, "") == "")
