-- Yielding inside iterators, sort comparisons refused, callbacks of library functions.
local function each()
  return function(_, i)
    i = coroutine.yield("asking " .. i)
    return i
  end, nil, 0
end
local co = coroutine.wrap(function()
  for i in each() do print("body", i) end
  return "finished"
end)
print(co())  --> asking 0
print(co(1))
--> body	1
--> asking 1
print(co(2))
--> body	2
--> asking 2
print(co(nil))  --> finished
print(coroutine.wrap(function()
  return pcall(table.sort, { 3, 2, 1 }, function(a, b) coroutine.yield() end)
end)())  --> false	attempt to yield across a C-call boundary
print(coroutine.wrap(function()
  return pcall(string.gsub, "abc", "%w", function() coroutine.yield() end)
end)())  --> false	attempt to yield across a C-call boundary
local p = setmetatable({}, { __pairs = function(t) coroutine.yield("pairs") return next, { 1 }, nil end })
co = coroutine.wrap(function() for k, v in pairs(p) do print(k, v) end return "done" end)
print(co()) print(co())
--> pairs
--> 1	1
--> done
co = coroutine.wrap(function() return load(function() return nil end) ~= nil end)
print(co())  --> true
