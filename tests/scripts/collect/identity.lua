--! whole
-- What identifies an object stays as it is when memory is reclaimed.
local objects = {{}, function() return objects end, coroutine.create(print), {}, print}
local names, text, set = {}, {}, {}
for i, object in ipairs(objects) do
  names[i], text[i], set[object] = tostring(object), string.format("%p", object), i
end
local function check()
  for i, object in ipairs(objects) do
    assert(tostring(object) == names[i] and string.format("%p", object) == text[i])
    assert(set[object] == i and object == objects[i] and rawequal(object, objects[i]))
  end
end
for _ = 1, 5 do
  collectgarbage()
  check()
  for _ = 1, 100 do objects[{}] = nil end
end

-- Traversals in progress, with nested ones and fields that are cleared meanwhile.
local t = {}
for i = 1, 30 do t[i], t["k" .. i], t[{}] = i, i, i end
local met, sum = 0, 0
for key, value in pairs(t) do
  collectgarbage()
  met, sum = met + 1, sum + value
  t[key] = nil
end
print(met, sum, next(t))  --> 90	1395	nil
local list = {10, 20, 30}
for i, x in ipairs(list) do
  for j, y in ipairs(list) do
    collectgarbage()
    assert(list[i] == x and list[j] == y)
  end
end

-- Variables shared by closures, open and closed.
local function counter()
  local n = 0
  local function up() n = n + 1 collectgarbage() return n end
  local function get() collectgarbage() return n end
  up()
  n = n + 10
  return up, get, function() return up, get end
end
local up, get, both = counter()
print(up(), get(), select("#", both()))  --> 12	12	2
print(select(1, both())(), get())  --> 13	13

-- Coroutines that are suspended in all sorts of places.
local closed = {}
local function body(kind)
  local value <close> = setmetatable({kind}, {__close = function(object, e)
    coroutine.yield("closing " .. object[1])
    closed[#closed + 1] = object[1]
  end})
  local x = {kind}
  if kind == "pcall" then
    local ok, e = pcall(function(...) local a = {...} coroutine.yield(a[1]) error(a) end, "there")
    x[2] = e[1]
  elseif kind == "iterator" then
    for y in function(_, y) if not y then coroutine.yield("in iterator") return {1} end end do
      x[2] = y
    end
  elseif kind == "metamethod" then
    local index = function(_, key) return coroutine.yield(key) end
    x[2] = setmetatable({}, {__index = index}).field
  else
    x[2] = coroutine.yield(kind)
  end
  return x[1], x[2]
end
for _, kind in ipairs {"plain", "pcall", "iterator", "metamethod"} do
  local thread = coroutine.create(body)
  local row = {}
  local ok, value, second = coroutine.resume(thread, kind)
  while true do
    row[#row + 1] = tostring(value)
    if coroutine.status(thread) == "dead" then break end
    collectgarbage()
    ok, value, second = coroutine.resume(thread, "passed")
    collectgarbage()
  end
  print(ok, table.concat(row, ", "), type(second) == "table" or second)
end
print(table.concat(closed, " "))
--> true	plain, closing plain, plain	passed
--> true	there, closing pcall, pcall	there
--> true	in iterator, closing iterator, iterator	true
--> true	field, closing metamethod, metamethod	passed
--> plain pcall iterator metamethod
