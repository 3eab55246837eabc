-- Extra arguments, which debug.getlocal counts down from -1: only vararg functions have any, also
-- where one ran at the same depth before.

local function count(...) return select("#", ...) end

local function plain(a)
  return (debug.getlocal(1, -1)), (debug.getlocal(1, -2))
end

count(1, 2, 3, 4, 5)
print(plain(7))                                          --> nil	nil

local function outer(...)
  count(...)
  return plain(1)
end
print(outer(1, 2, 3))                                    --> nil	nil

local function own(...)
  local name, value = debug.getlocal(1, -2)
  return name, value, (debug.getlocal(1, -3))
end
print(own("a", "b"))                                     --> (vararg)	b	nil
print(select("#", own()), (own()))                       --> 3	nil
print((pcall(debug.getlocal, 1, math.mininteger)))       --> true
