--! whole
-- What is left when the script ends is finalized then, newest mark first: what globals hold, and
-- variables that they reach, of functions and of coroutines that never went on. All of it is held
-- to the end, so that it does not matter how many collections there were before.
local mt = {}
function mt.__gc(object)
  print(object.name)
end
first = setmetatable({name = "first"}, mt)
second = setmetatable({name = "second"}, mt)
local third = setmetatable({name = "third"}, mt)
function name_of_third()
  return third.name
end
setmetatable(first, mt)
suspended = coroutine.wrap(function()
  local fourth = setmetatable({name = "fourth"}, mt)
  coroutine.yield()
  return fourth
end)
suspended()
keep = setmetatable({}, {__gc = function() error("it is too late for that") end})
print("end")  --> end
--> fourth
--> third
--> second
--> first
