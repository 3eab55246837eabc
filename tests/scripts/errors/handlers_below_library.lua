-- Message handlers see an error where it is raised, also below functions of the library that
-- called what failed; and they see it once.
local calls = 0
local function handler(message)
  calls = calls + 1
  return "handled: " .. tostring(message)
end
local function check(f, ...)
  calls = 0
  local ok, message = xpcall(f, handler, ...)
  print(ok, message, calls)
end
local function fail() error("no", 0) end

-- What calls Lua functions: orders, replacements, conversions, readers, metamethods.
check(table.sort, {3, 2, 1}, fail)
check(string.gsub, "abc", "b", fail)
check(tostring, setmetatable({}, {__tostring = fail}))
check(function() return select(2, load(fail)) end)
check(print, setmetatable({}, {__tostring = fail}))
check(table.concat, setmetatable({}, {__index = fail, __len = function() return 2 end}))
check(table.insert, setmetatable({}, {__newindex = fail}), 1)
check(table.unpack, setmetatable({}, {__index = fail}), 1, 2)
check(function() return #setmetatable({}, {__len = fail}) end)
check(function() return table.concat({}, ",", 1, setmetatable({}, {__len = fail})) end)

-- One inside another.
check(table.sort, {3, 2, 1}, function() string.gsub("abc", "b", fail) end)
check(string.gsub, "abc", ".", function()
  return tostring(setmetatable({}, {__tostring = function() table.sort({2, 1}, fail) end}))
end)

-- A protected call in between has the error to itself; one around it has a handler of its own.
check(table.sort, {3, 2, 1}, function(a, b) pcall(fail) return a < b end)
check(table.sort, {3, 2, 1}, function(a, b)
  print(xpcall(string.gsub, function(message) return "inner " .. message end, "x", "x", fail))
  error("outer", 0)
end)

-- What the handler raises goes to the handler.
local depth = 0
print(xpcall(string.gsub, function(message)
  depth = depth + 1
  if depth < 4 then error(message .. depth, 0) end
  return message
end, "x", "x", fail))
print(depth)

-- Functions of the library are handlers like others.
print(xpcall(table.sort, string.upper, {2, 1}, fail))

-- The handler runs before variables are closed, which get what it returned.
check(string.gsub, "x", "x", function()
  local first <close> = setmetatable({}, {__close = function(_, message) print("close", message, calls) end})
  local second <close> = setmetatable({}, {__close = function(_, message) print("close", message, calls) end})
  fail()
end)

-- What is raised while they are closed takes its place, and is handled as well.
check(string.gsub, "x", "x", function()
  local first <close> = setmetatable({}, {__close = function(_, message) error("again", 0) end})
  fail()
end)

-- Levels are those of the place where it happened.
local function name_of(level)
  local info = debug.getinfo(level, "nS")
  return info.what .. ":" .. tostring(info.name)
end
print(xpcall(function()
  local function order() fail() end
  table.sort({2, 1}, order)
end, function(message)
  -- The handler, `error`, `fail`, the order (which C code called), `sort`, and who called it.
  return table.concat({message, name_of(2), name_of(3), name_of(4), name_of(5), name_of(6)}, " ")
end))

-- A coroutine below is none of the handler's business, what it raises in its resumer is.
check(table.sort, {2, 1}, function(a, b) return coroutine.resume(coroutine.create(fail)) and a < b end)
check(table.sort, {2, 1}, coroutine.wrap(function() fail() end))
-- In a coroutine as elsewhere.
print(coroutine.wrap(function()
  return xpcall(string.gsub, handler, "x", "x", fail)
end)())
print(coroutine.wrap(xpcall)(string.gsub, handler, "x", "x", fail))
-- Who closes a coroutine gets its error, which is not raised.
check(function()
  local thread = coroutine.create(function()
    xpcall(function()
      local _ <close> = setmetatable({}, {__close = fail})
      coroutine.yield()
    end, handler)
  end)
  coroutine.resume(thread)
  return tostring(select(2, coroutine.close(thread)))
end)

-- Values that are no strings, and many errors one after the other.
local value = {}
print(select(2, xpcall(table.sort, function(e) return e == value end, {2, 1}, function() error(value) end)))
local count = 0
for _ = 1, 1000 do
  xpcall(string.gsub, function() count = count + 1 end, "x", "x", fail)
end
print(count)
--> false	handled: no	1
--> false	handled: no	1
--> false	handled: no	1
--> true	handled: no	1
--> false	handled: no	1
--> false	handled: no	1
--> false	handled: no	1
--> false	handled: no	1
--> false	handled: no	1
--> false	handled: handlers_below_library.lua:25: bad argument #4 to 'concat' (number expected, got table)	1
--> false	handled: no	1
--> false	handled: no	1
--> true	nil	0
--> false	inner no
--> false	handled: outer	1
--> false	no123
--> 4
--> false	NO
--> close	handled: no	1
--> close	handled: no	1
--> false	handled: no	1
--> false	handled: again	2
--> false	no Lua:nil C:error Lua:fail Lua:nil C:sort
--> true	nil	0
--> false	handled: no	1
--> false	handled: no
--> false	handled: no
--> true	no	0
--> true
--> 1000
