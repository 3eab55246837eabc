-- Ranges that no table has, orders that are none.
local huge = math.maxinteger
print(pcall(table.concat, {}, "", 1, huge))
--> false	invalid value (nil) at index 1 in table for 'concat'
print(pcall(table.concat, {}, "", huge - 1, huge))
--> false	invalid value (nil) at index 9223372036854775806 in table for 'concat'
print(pcall(table.concat, {}, "", math.mininteger, math.mininteger + 1))
--> false	invalid value (nil) at index -9223372036854775808 in table for 'concat'
print(pcall(table.concat, {}, "", huge, math.mininteger))  --> true	
print(pcall(table.concat, { [huge] = "x" }, "", huge, huge))  --> true	x
print(pcall(table.concat, setmetatable({}, { __len = function() return huge end })))
--> false	invalid value (nil) at index 1 in table for 'concat'
print(pcall(table.concat, setmetatable({}, { __len = function() return "x" end })))
--> false	object length is not an integer
print(pcall(table.unpack, {}, 1, huge))  --> false	too many results to unpack
print(pcall(table.unpack, {}, math.mininteger, huge))  --> false	too many results to unpack
print(pcall(table.unpack, {}, huge, huge))  --> true	nil
print(pcall(table.unpack, {}, huge, 1))  --> true
print(select("#", table.unpack({}, 1, 1000)), pcall(table.unpack, {}, 1, 1e6))
--> 1000	false	too many results to unpack
print(pcall(table.insert, { 1 }, 5, 1))
--> false	bad argument #2 to 'table.insert' (position out of bounds)
print(pcall(table.insert, { 1 }, 0, 1))
--> false	bad argument #2 to 'table.insert' (position out of bounds)
print(pcall(table.insert, { 1 }, 1, 2, 3))  --> false	wrong number of arguments to 'insert'
print(pcall(table.insert, { 1 }))  --> false	wrong number of arguments to 'insert'
print(pcall(table.insert, nil, 1))
--> false	bad argument #1 to 'table.insert' (table expected, got nil)
print(pcall(table.remove, { 1 }, 5))
--> false	bad argument #2 to 'table.remove' (position out of bounds)
print(pcall(table.remove, { 1 }, -1))
--> false	bad argument #2 to 'table.remove' (position out of bounds)
print(pcall(table.remove, {}, 0))  --> true	nil
print(pcall(table.move, {}, 1, huge, 2))
--> false	bad argument #4 to 'table.move' (destination wrap around)
print(pcall(table.move, {}, math.mininteger, huge, 1))
--> false	bad argument #3 to 'table.move' (too many elements to move)
print(pcall(table.move, {}, -1, huge, 1))
--> false	bad argument #3 to 'table.move' (too many elements to move)
print(pcall(table.move, {}, 1, 2, huge))
--> false	bad argument #4 to 'table.move' (destination wrap around)
print(pcall(table.move, {}, 1, 2, 1, 5))
--> false	bad argument #5 to 'table.move' (table expected, got number)
print(pcall(table.sort, setmetatable({}, { __len = function() return huge end })))
--> false	bad argument #1 to 'table.sort' (array too big)
print(pcall(table.sort, setmetatable({}, { __len = function() return -5 end })))  --> true
print(pcall(table.sort, { 1, 2, "x" }))  --> false	attempt to compare string with number
print(pcall(table.sort, { {}, {} }))  --> false	attempt to compare two table values
print(pcall(table.sort, { 3, 1, 2 }, "x"))
--> false	bad argument #2 to 'table.sort' (function expected, got string)
-- An order that contradicts itself: an error, or any order of the same values.
local function contradicts(order, count)
  local values, sum = {}, 0
  for i = 1, count do values[i] = i * 7919 % 1009 sum = sum + values[i] end
  local is_sorted, message = pcall(table.sort, values, order)
  if not is_sorted then return message == "invalid order function for sorting" end
  for i = 1, count do sum = sum - values[i] end
  return sum == 0 and #values == count
end
local turn = 0
local orders = {
  function() return true end,
  function() return false end,
  function(a, b) return a <= b end,
  function(a, b) return a ~= b end,
  function() turn = turn + 1 return turn % 3 == 0 end,
  function(a, b) return (a + b) % 2 == 0 end,
}
for _, order in ipairs(orders) do
  for _, count in ipairs { 2, 3, 10, 100, 1000 } do assert(contradicts(order, count)) end
end
print(pcall(table.sort, { 1, 2, 3, 4, 5 }, function() return true end))
--> false	invalid order function for sorting
print(pcall(math.random, 0) == true, pcall(math.random, 2, 1))
--> true	false	bad argument #1 to 'math.random' (interval is empty)
print(pcall(math.random, 1, 2, 3))  --> false	wrong number of arguments
print(pcall(math.floor, {}))  --> false	bad argument #1 to 'math.floor' (number expected, got table)
print(pcall(math.fmod, 1, 0))  --> false	bad argument #2 to 'math.fmod' (zero)
print(pcall(math.tointeger, {}))  --> true	nil
print(pcall(select, 0))  --> false	bad argument #1 to 'select' (index out of range)
print(pcall(select, -2, 1))  --> false	bad argument #1 to 'select' (index out of range)
print(pcall(tonumber, "z", 37))  --> false	bad argument #2 to 'tonumber' (base out of range)
print(pcall(tonumber, 10, 10))
--> false	bad argument #1 to 'tonumber' (string expected, got number)
print(pcall(setmetatable, {}))
--> false	bad argument #2 to 'setmetatable' (nil or table expected, got no value)
print(pcall(rawset, 1, 2, 3))  --> false	bad argument #1 to 'rawset' (table expected, got number)
print(pcall(next, {}, "no such key"))  --> false	invalid key to 'next'
