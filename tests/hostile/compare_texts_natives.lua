-- A few long strings that differ at their ends alone, thousands of times in a list to be sorted.
--! end = deadline
local list, texts = {}, {}
for i = 1, 4 do texts[i] = ("x"):rep(4000000) .. i end
for i = 1, 40000 do list[i] = texts[i * 7 % 4 + 1] end
table.sort(list)
error("sorting them took no time")
