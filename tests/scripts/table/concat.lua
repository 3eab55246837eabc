-- table.concat.
print(table.concat({}), table.concat({}, ","), table.concat({ 1 }, ","),
  table.concat({ 1, 2.5, "x" }, ", "))  --> 		1	1, 2.5, x
print(table.concat({ 1, 2, 3, 4 }, "-", 2), table.concat({ 1, 2, 3, 4 }, "-", 2, 3),
  table.concat({ 1, 2 }, "-", 3) == "")  --> 2-3-4	2-3	true
print(table.concat({ 1, 2, 3 }, 0), table.concat({ "a", "b" }, "\0") == "a\0b",
  table.concat({ [5] = "five" }, ",", 5, 5))  --> 10203	true	five
print(table.concat({ 1, 2 }, ",", 2, 1) == "", table.concat({ "x" }, nil, 1, 1),
  table.concat({ 1, 2, 3 }, ",", -1, -2) == "")  --> true	x	true
print(pcall(table.concat, { 1, {}, 3 }))
--> false	invalid value (table) at index 2 in table for 'concat'
print(pcall(table.concat, { 1, true }))
--> false	invalid value (boolean) at index 2 in table for 'concat'
print(pcall(table.concat, { 1, 2 }, ",", 1, 3))
--> false	invalid value (nil) at index 3 in table for 'concat'
print(pcall(table.concat, { 1, 2 }, {}))
--> false	bad argument #2 to 'table.concat' (string expected, got table)
print(pcall(table.concat))
--> false	bad argument #1 to 'table.concat' (table expected, got no value)
print(pcall(table.concat, { "a" }, ",", 0, 1))
--> false	invalid value (nil) at index 0 in table for 'concat'
print(pcall(table.concat, 5))
--> false	bad argument #1 to 'table.concat' (table expected, got number)
local t = setmetatable({}, { __len = function() return 3 end, __index = function(_, i) return i * 10 end })
print(table.concat(t, ";"), table.concat(t, ";", 5, 6))  --> 10;20;30	50;60
print(table.concat({ math.maxinteger, -0.0, 1e100 }, " "),
  #table.concat({ ("x"):rep(1000), ("y"):rep(1000) }))  --> 9223372036854775807 -0.0 1e+100	2000
print(table.concat({ [math.maxinteger] = "last" }, ",", math.maxinteger, math.maxinteger))  --> last
