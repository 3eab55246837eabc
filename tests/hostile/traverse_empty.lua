-- Tables that were large and are empty, traversed where no loop of the script goes round.
--! end = deadline
local list, map = {}, {}
for i = 1, 500000 do list[i] = i end
for i = 1, 500000 do list[i] = nil end
for i = 1, 100000 do map["k" .. i] = i end
for i = 1, 100000 do map["k" .. i] = nil end
local source = ("for _ in next, l do end for _ in next, m do end for _ in ipairs(l) do end "):rep(300)
load("local l, m = ... while true do " .. source .. " end")(list, map)
