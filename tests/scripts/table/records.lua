-- Constructors that have nothing but names: what their tables hold, whatever happens meanwhile.

local function names(t)
  local list = {}
  for name, value in pairs(t) do list[#list + 1] = name .. "=" .. tostring(value) end
  table.sort(list)
  return #list, table.concat(list, " ")
end

print(names { x = 1, y = 2 })  --> 2	x=1 y=2
print(names { only = true })  --> 1	only=true
print(names { x = nil, y = 2, z = nil })  --> 1	y=2
print(next { x = nil })  --> nil
print(names { ["a"] = 1, b = 2, ["c d"] = 3 })  --> 3	a=1 b=2 c d=3
-- The last of equal names wins, and their values are fetched in order.
local order = {}
local function note(value) order[#order + 1] = value return value end
print(names { x = note(1), y = note(2), x = note(3) })  --> 2	x=3 y=2
print(table.concat(order, " "))  --> 1 2 3
-- Names that are too long for a template, and more names than it can have.
print(names { a_name_that_is_long = 1, short = 2 })  --> 2	a_name_that_is_long=1 short=2
print((names { a = 1, b = 1, c = 1, d = 1, e = 1, f = 1, g = 1, h = 1, i = 1, j = 1, k = 1, l = 1,
  m = 1, n = 1, o = 1, p = 1, q = 1 }))  --> 17
print((names { a = 1, b = 1, c = 1, d = 1, e = 1, f = 1, g = 1, h = 1, i = 1, j = 1, k = 1, l = 1,
  m = 1, n = 1, o = 1, p = 1 }))  --> 16

-- Each table has fields of its own, and can get more of them.
local made = {}
for i = 1, 3 do made[i] = { id = i, next = made[i - 1] } end
made[2].id = "two"
made[3].more, made[3].list, made[3][1] = 1, 2, 3
made[1].id = nil
print(made[1].id, made[2].id, made[3].id, made[3].next == made[2], made[2].next == made[1])
--> nil	two	3	true	true
print(made[3].more, made[3].list, made[3][1], made[2].more)  --> 1	2	3	nil

-- A name without a value is as absent as any other: metamethods are asked for it.
local asked = {}
local point = setmetatable({ x = nil, y = 1 }, {
  __index = function(_, name) asked[#asked + 1] = "get " .. name return 7 end,
  __newindex = function(t, name, value)
    asked[#asked + 1] = "set " .. name
    rawset(t, name, value)
  end,
})
print(point.x, point.y)  --> 7	1
point.x = 5
point.y = 6
print(point.x, point.y, table.concat(asked, ", "))  --> 5	6	get x, set x
-- A metatable that gets a metamethod by a name it had room for.
local meta = { __call = nil, __len = function() return 9 end }
local object = setmetatable({}, meta)
print(pcall(object))  --> false	attempt to call a table value
meta.__call = function() return "called" end
print(object(), #object)  --> called	9

-- A table can be seen while it is made: what is put into it then is there, and what follows goes
-- to the right places.
local function meddle()
  for index = 1, 200 do
    local name, value = debug.getlocal(2, index)
    if not name then break end
    if type(value) == "table" and rawget(value, "first") == 1 and not rawget(value, "done") then
      for i = 1, 20 do value["extra" .. i] = i end
      value.second, value.done = "early", true
    end
  end
  return 3
end
local function build()
  return { first = 1, second = meddle(), third = 4 }
end
local seen = build()
print(seen.first, seen.second, seen.third, seen.extra20, seen.done)  --> 1	3	4	20	true
