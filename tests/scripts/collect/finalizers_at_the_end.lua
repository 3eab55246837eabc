--! whole
-- What is left when the script ends is finalized then, newest mark first.
local mt = {}
function mt.__gc(object)
  print(object.name)
end
first = setmetatable({name = "first"}, mt)
second = setmetatable({name = "second"}, mt)
local third = setmetatable({name = "third"}, mt)
setmetatable(first, mt)
coroutine.wrap(function()
  local fourth = setmetatable({name = "fourth"}, mt)
  coroutine.yield()
end)()
keep = setmetatable({}, {__gc = function() error("it is too late for that") end})
print("end")  --> end
--> fourth
--> third
--> second
--> first
