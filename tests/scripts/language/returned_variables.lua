-- Variables are returned as they were when the `return` evaluated them, in a row or not, captured
-- or not, whatever closing variables on the way out does.
local function row(a, b, c) return a, b, c end
local function reversed(a, b, c) return c, b, a end
local function twice(a, b) return a, a, b, b end
local function later(a, b, c) local d, e = c, a return d, e end
local function gap(a, b, c) return a, c end
print(row(1, 2, 3), reversed(1, 2, 3))
print(twice(1, 2), later(1, 2, 3))
print(gap(1, 2, 3))

-- Captured by functions that go on living.
local function counter()
  local value = 0
  local function add() value = value + 1 return value end
  local function get() return value end
  return add, get, value
end
local add, get, first = counter()
print(add(), add(), get(), first)
local function shared()
  local x, y = "x", "y"
  local function swap() x, y = y, x end
  swap()
  return x, y, swap
end
print((select("#", shared())), (shared()))

-- Variables of functions around, returned by who has varargs and who has none, as one value, as
-- none, among several, and through `pcall`, coroutines and metamethods.
local around = "around"
local function get() return around end
local function get_extra(...) return around end
local function get_closing()
  local own = "own"
  local function keep() return own end
  return around, keep
end
local function get_two() return around, around end
get()
local lone, none = get()
print(lone, none, (get()), #{get(), get()}, get())
print(get_extra(), (get_closing()), get_two())
print(pcall(get), coroutine.wrap(get)(), select("#", get()))
local meta = setmetatable({}, {__index = get, __len = get, __lt = get, __concat = get})
print(meta.any, #meta, meta < meta, meta .. "")
local function tail() return get() end
print(tail(), (tail()))
local function set(value) around = value return around end
print(set("set"), get(), set(nil), get())

-- Handlers that change what was evaluated already.
local function closed()
  local kept = "kept"
  local other = "other"
  local guard <close> = setmetatable({}, {__close = function()
    kept = "changed"
    other = "changed"
  end})
  return kept, other
end
print(closed())
local function closed_in_loop()
  local kept, other = "kept", "other"
  local close = setmetatable({}, {__close = function() kept, other = "changed", "changed" end})
  for _ in function(_, done) return not done or nil end, nil, nil, close do
    return kept, other
  end
end
print(closed_in_loop())
local function nested()
  local a, b = 1, 2
  do
    local guard <close> = setmetatable({}, {__close = function() a, b = 10, 20 end})
  end
  return a, b
end
print(nested())

-- Constants have no register, and lie between those that have one.
local function constants(a, b)
  local one <const> = 1
  local c = a + b
  return a, b, c, one
end
print(constants(1, 2))
local function between(a)
  local one <const> = 1
  local b = a
  return a, b, one, a, b
end
print(between("v"))

-- Each on a line of its own: hooks see the lines.
local function lines(a, b)
  return
    a,
    b
end
local seen = {}
debug.sethook(function(_, line) seen[#seen + 1] = line end, "l")
lines(1, 2)
debug.sethook()
print(#seen > 3)
local function transferred(a, b) return a, b end
debug.sethook(function()
  local info = debug.getinfo(2, "rf")
  if info.func == transferred then
    for index = info.ftransfer, info.ftransfer + info.ntransfer - 1 do
      print((select(2, debug.getlocal(2, index))))
    end
  end
end, "r")
transferred("left", "right")
debug.sethook()
--> 1	3	2	1
--> 1	3	1
--> 1	3
--> 1	2	2	0
--> 3	y
--> around	nil	around	2	around
--> around	around	around	around
--> true	around	1
--> around	around	true	around
--> around	around
--> set	set	nil	nil
--> kept	other
--> kept	other
--> 10	20
--> 1	2	3	1
--> v	v	1	v	v
--> true
--> left
--> right
