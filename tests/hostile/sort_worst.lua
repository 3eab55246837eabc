-- A list that drives quicksort to its worst.
--! end = done|deadline
local t = {}
for i = 1, 100000 do t[i] = i % 2 == 0 and i or -i end
table.sort(t)
table.sort(t)
table.sort(t, function(a, b) return a > b end)
