-- Coroutines that resume new ones without end: an error, not all memory there is.
local function nest()
  local thread = coroutine.create(nest)
  local results = table.pack(coroutine.resume(thread))
  return results[results.n]
end
print(nest())  --> C stack overflow
local function wrapped() return coroutine.wrap(wrapped)() end
local ok, message = pcall(wrapped)
print(ok, message:sub(-16))  --> false	C stack overflow
-- A hundred of them are no problem, again and again.
local function count(n)
  if n == 0 then return 0 end
  return 1 + coroutine.wrap(count)(n - 1)
end
for _ = 1, 5 do io.write(count(100), " ") end
print()  --> 100 100 100 100 100 
-- Each closes the one before: the handlers run inside each other.
local before
for _ = 1, 1000 do
  local previous = before
  before = coroutine.create(function()
    local closing <close> = setmetatable({}, {
      __close = function() if previous then assert(coroutine.close(previous)) end end,
    })
    coroutine.yield()
  end)
  coroutine.resume(before)
end
local ok, message = coroutine.close(before)
print(ok, message:match("C stack overflow"))  --> false	C stack overflow
