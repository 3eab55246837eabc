-- The vararg expression.
local function count(...) return select("#", ...) end
print(count(), count(nil), count(nil, nil), count(1, nil, 3))  --> 0	1	2	3
local function first(...) local a, b = ... return a, b end
print(first(), first(1), first(1, 2, 3))  --> nil	1	1	2
local function both(a, ...) return a, ... end
print(both(), both(1), both(1, 2, 3))  --> nil	1	1	2	3
print((both(1, 2)))  --> 1
local function middle(...) return ..., "end" end
print(middle(1, 2, 3))  --> 1	end
local function tab(...) local t = { ... } return #t, t[1], t[#t] end
print(tab(1, 2, 3))  --> 3	1	3
local function mixed(...) local t = { "a", ..., "z", ... } return #t, t[2], t[4] end
print(mixed(1, 2, 3))  --> 6	1	1
local function paren(...) return (...) end
print(paren(1, 2), paren())  --> 1	nil
local function nested(...)
  local function inner(...) return count(...), ... end
  return inner(..., "x")
end
print(nested(1, 2))  --> 2	1	x
local function assign(...) local a, b, c = 0, ... return a, b, c end
print(assign(1, 2, 3))  --> 0	1	2
local function loop(...) local s = 0 for _, v in ipairs { ... } do s = s + v end return s end
print(loop(1, 2, 3, 4))  --> 10
print(count(table.unpack({}, 1, 250)), select(-1, table.unpack({ 1, 2, 3 })))  --> 250	3
print(... == nil, select("#", ...))  --> true	0
print(pcall(function(...) return ... end, 1, nil, 3))  --> true	1	nil	3
print(load("return ...")(1, 2), load("local a, b = ... return b, a")(1, 2))  --> 1	2	1
print(load("function f() return ... end"))
--> nil	[string "function f() return ... end"]:1: cannot use '...' outside a vararg function near '...'
