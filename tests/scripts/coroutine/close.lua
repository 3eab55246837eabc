-- coroutine.close: dead and suspended coroutines, pending variables, errors.
local function closer(name, problem)
  return setmetatable({}, { __close = function(_, e)
    print("close", name, e)
    if problem then error(problem, 0) end
  end })
end
local co = coroutine.create(function()
  local a <close> = closer("a")
  local b <close> = closer("b")
  coroutine.yield("waiting")
end)
print(coroutine.resume(co))  --> true	waiting
print(coroutine.close(co), coroutine.status(co))
--> close	b	nil
--> close	a	nil
--> true	dead
print(coroutine.close(co))  --> true
print(coroutine.resume(co))  --> false	cannot resume dead coroutine
print(coroutine.close(coroutine.create(print)))  --> true
co = coroutine.create(function()
  local a <close> = closer("a")
  local b <close> = closer("b", "problem in b")
  coroutine.yield()
end)
coroutine.resume(co)
print(coroutine.close(co))
--> close	b	nil
--> close	a	problem in b
--> false	problem in b
print(coroutine.close(co))  --> true
co = coroutine.create(function() error("failed", 0) end)
print(coroutine.resume(co))  --> false	failed
print(coroutine.close(co))  --> false	failed
print(coroutine.close(co))  --> true
print(pcall(coroutine.close, coroutine.running()))  --> false	cannot close a running coroutine
print(coroutine.wrap(function() return pcall(coroutine.close, coroutine.running()) end)())
--> false	cannot close a running coroutine
co = coroutine.create(function()
  local x <close> = closer("x")
  error("with pending", 0)
end)
print(coroutine.resume(co))  --> false	with pending
print(coroutine.status(co), coroutine.close(co))
--> close	x	with pending
--> dead	false	with pending
local outer
outer = coroutine.create(function()
  local inner = coroutine.wrap(function() return pcall(coroutine.close, outer) end)
  print(inner())
end)
coroutine.resume(outer)  --> false	cannot close a normal coroutine
local w = coroutine.wrap(function()
  local y <close> = closer("y")
  error("through wrap", 0)
end)
print(pcall(w))
--> close	y	through wrap
--> false	through wrap
print(pcall(coroutine.close))
--> false	bad argument #1 to 'coroutine.close' (thread expected, got no value)
