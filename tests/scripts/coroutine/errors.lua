-- Errors inside coroutines, through resume and through wrap.
local co = coroutine.create(function() error("inside") end)
print(coroutine.resume(co))  --> false	errors.lua:2: inside
print(coroutine.status(co), coroutine.resume(co))  --> dead	false	cannot resume dead coroutine
print(coroutine.resume(coroutine.create(function() error({ 1 }) end)) == false)  --> true
print(coroutine.resume(coroutine.create(function() error("zero", 0) end)))  --> false	zero
print(coroutine.resume(coroutine.create(function() local x; x() end)))
--> false	errors.lua:7: attempt to call a nil value (local 'x')
local w = coroutine.wrap(function() error("in wrap") end)
print(pcall(w))  --> false	errors.lua:9: in wrap
print(pcall(w))  --> false	cannot resume dead coroutine
local v = coroutine.wrap(function() error({ code = 5 }) end)
print(select(2, pcall(v)).code)  --> 5
print(pcall(coroutine.wrap(function() error(nil) end)))  --> false	nil
local done = coroutine.wrap(function() return 1 end)
print(done(), pcall(done))  --> 1	false	cannot resume dead coroutine
print(pcall(function() done() end))  --> false	errors.lua:17: cannot resume dead coroutine
print(pcall(coroutine.create))
--> false	bad argument #1 to 'coroutine.create' (function expected, got no value)
print(pcall(coroutine.create, 5))
--> false	bad argument #1 to 'coroutine.create' (function expected, got number)
print(pcall(coroutine.resume, {}))
--> false	bad argument #1 to 'coroutine.resume' (thread expected, got table)
print(pcall(coroutine.wrap, nil))
--> false	bad argument #1 to 'coroutine.wrap' (function expected, got nil)
print(pcall(coroutine.yield, 1))  --> false	attempt to yield from outside a coroutine
print(coroutine.resume(coroutine.create(function()
  local ok, e = pcall(function() coroutine.yield("yielded") error("after", 0) end)
  return ok, e
end)))  --> true	yielded
local nested = coroutine.wrap(function()
  local inner = coroutine.wrap(function() error("deep", 0) end)
  return pcall(inner)
end)
print(nested())  --> false	deep
print(coroutine.resume(coroutine.create(function() return coroutine.wrap(function() error("x") end)() end)))
--> false	errors.lua:36: errors.lua:36: x
