--! fuel = 100000
-- What `debug` changes in variables that no statement assigns to is what is called next. PUC Lua
-- calls the old value where the arguments change it (docs/language.md), hence the fuel.
local function one() return "one" end
local function two() return "two" end

local function with_local()
  local f = one
  return (f(debug.setlocal(1, 1, two))), (f())
end
print(with_local())                                      --> two	two

local g = one
local function with_upvalue()
  return (g(debug.setupvalue(debug.getinfo(1, "f").func, 1, two)))
end
print(with_upvalue(), g())                               --> two	two

-- Also where a coroutine waits for its arguments, and whatever is called then.
local co = coroutine.create(function()
  local f = one
  return (f(coroutine.yield()))
end)
coroutine.resume(co)
debug.setlocal(co, 1, 1, setmetatable({}, {__call = function(_, ...) return select("#", ...) end}))
print(coroutine.resume(co, 1, nil, nil))                 --> true	3
local bad = coroutine.create(function()
  local f = one
  return (f(coroutine.yield()))
end)
coroutine.resume(bad)
debug.setlocal(bad, 1, 1, 5)
print(coroutine.resume(bad))
--> false	callees.lua:29: attempt to call a number value (local 'f')

-- Joined upvalues.
local function maker(f) return function() return (f(1)) end end
local a, b = maker(one), maker(two)
debug.upvaluejoin(a, 1, b, 1)
print(a())                                               --> two
debug.setupvalue(b, 1, nil)
print(pcall(a))
--> false	callees.lua:37: attempt to call a nil value (upvalue 'f')
