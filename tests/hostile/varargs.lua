-- Varargs, results and arguments by the hundred thousand.
--! end = done
local function count(...) return select("#", ...) end
local t = {}
for i = 1, 100000 do t[i] = i end
assert(count(table.unpack(t)) == 100000)
assert(count(pcall(table.unpack, t)) == 100001)
assert(#table.pack(table.unpack(t)) == 100000)
assert(#{ table.unpack(t) } == 100000)
assert(count(coroutine.wrap(function(...) coroutine.yield(...) end)(table.unpack(t))) == 100000)
assert(math.max(table.unpack(t)) == 100000)
assert(#string.char(table.unpack(t, 1, 200)) == 200)
