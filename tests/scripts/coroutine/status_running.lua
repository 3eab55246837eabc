-- status, running and isyieldable seen from inside and outside.
local main, is_main = coroutine.running()
print(type(main), is_main, coroutine.isyieldable(), coroutine.status(main))
--> thread	true	false	running
local co
co = coroutine.create(function()
  local me, m = coroutine.running()
  print(me == co, m, coroutine.isyieldable(), coroutine.status(co), coroutine.status(main))
  local inner = coroutine.create(function()
    print(coroutine.status(co), coroutine.isyieldable(co), coroutine.isyieldable())
    print(coroutine.resume(co))
  end)
  coroutine.resume(inner)
  print(coroutine.status(inner))
  coroutine.yield()
end)
print(coroutine.isyieldable(co))  --> true
coroutine.resume(co)
--> true	false	true	running	normal
--> normal	true	true
--> false	cannot resume non-suspended coroutine
--> dead
print(coroutine.status(co), coroutine.isyieldable(co), coroutine.isyieldable(main))
--> suspended	true	false
coroutine.resume(co)
print(coroutine.status(co))  --> dead
print(coroutine.resume(coroutine.running()))  --> false	cannot resume non-suspended coroutine
print(coroutine.wrap(function() return coroutine.resume(coroutine.running()) end)())
--> false	cannot resume non-suspended coroutine
print(pcall(coroutine.status, nil))
--> false	bad argument #1 to 'coroutine.status' (thread expected, got nil)
print(pcall(coroutine.status))
--> false	bad argument #1 to 'coroutine.status' (thread expected, got no value)
