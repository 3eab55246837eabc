--! whole
-- Finalizers: when they run, in which order, how often, and on what.
local log = {}
local function note(object) log[#log + 1] = object.name end
local function shown()
  local text = table.concat(log, " ")
  log = {}
  return text
end
local mt = {__gc = note}
local function make(name, metatable) return setmetatable({name = name}, metatable or mt) end

-- The newest mark comes first.
collectgarbage("stop")
do
  local a, b, c = make "a", make "b", make "c"
  setmetatable(a, mt)
end
collectgarbage()
print(shown())  --> c b a
collectgarbage()
print(shown())  -->

-- A metatable without __gc marks nothing, not even later.
local late = {}
make("late", late)
late.__gc = note
collectgarbage()
print(shown())  -->
-- But any value there marks, and what is there in the end is called.
local early = {__gc = true}
make("early", early)
early.__gc = note
collectgarbage()
print(shown())  --> early

-- Resurrection: the object is whole, and is finalized once for each mark.
local kept
local back = {__gc = function(object) note(object) kept = object end, field = {1, 2, 3}}
make("phoenix", back)
collectgarbage()
print(shown(), kept.name, #getmetatable(kept).field)  --> phoenix	phoenix	3
kept = nil
collectgarbage()
print(shown())  -->
local count = 0
local again = {}
function again.__gc(object)
  count = count + 1
  if count < 4 then setmetatable(object, again) end
end
make("again", again)
for _ = 1, 6 do collectgarbage() end
print(count)  --> 4

-- What only such an object reaches is there as well.
make("outer", {__gc = function(object) note(object) note(object.inner) end}).inner = make "inner"
collectgarbage()
print(shown())  --> inner outer inner

-- Cycles are no matter.
do
  local x, y = make "x", make "y"
  x.other, y.other = y, x
end
collectgarbage()
print(shown())  --> y x

-- Errors become warnings, which are off; the others run all the same.
make "one"
make("bad", {__gc = function() error("no") end})
make("worse", {__gc = 42})
make("yields", {__gc = function() coroutine.yield() end})
make "two"
coroutine.wrap(function() collectgarbage() end)()
print(shown())  --> two one

-- A finalizer sees no collector.
local seen = {}
make("inside", {__gc = function()
  seen = {collectgarbage("count") == nil, collectgarbage() == nil}
end})
collectgarbage()
print(seen[1], seen[2])  --> true	true

-- Many of them.
local total = 0
local sum = {__gc = function(object) total = total + object.n end}
for i = 1, 5000 do setmetatable({n = i}, sum) end
collectgarbage()
print(total)  --> 12502500
collectgarbage("restart")

-- The count goes on by itself.
local done = false
setmetatable({}, {__gc = function() done = true end})
local rounds = 0
repeat local t = {} rounds = rounds + 1 until done
print(rounds < 1000000)  --> true
