-- Yielding inside pcall, xpcall, and handlers of errors after a yield.
local co = coroutine.wrap(function()
  print(pcall(function()
    local v = coroutine.yield("first")
    error("got " .. v, 0)
  end))
  print(xpcall(function(a)
    local v = coroutine.yield(a)
    local t = nil
    return t[v]
  end, function(e) return "handled: " .. e end, "second"))
  print(pcall(pcall, pcall, coroutine.yield, "third"))
  print(select("#", pcall(coroutine.yield, "fourth")))
  return "end"
end)
print(co())  --> first
print(co("one"))
--> false	got one
--> second
print(co("two"))
--> false	handled: yield_across_pcall.lua:10: attempt to index a nil value (local 't')
--> third
print(co("three", 3))
--> true	true	true	three	3
--> fourth
print(co("four", 4, nil))
--> 4
--> end
local deep = coroutine.wrap(function()
  local function level(n)
    if n == 0 then return coroutine.yield("bottom") end
    return select(2, pcall(level, n - 1))
  end
  return level(50)
end)
print(deep(), deep("value"))  --> bottom	value
