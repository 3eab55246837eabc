-- Stacks that grow and shrink under open variables, arguments and results.
--! end = done
local function deep(n, f)
  if n == 0 then return f() end
  local a, b, c = n, n + 1, n + 2
  local r = deep(n - 1, f)
  return r, a, b, c
end
local function checked(n)
  local variable = { n }
  local number = n
  local function get() return variable[1], number end
  local function set(v) variable, number = { v }, v end
  -- The stack moves while the closures refer into it.
  deep(300, function() set(n + 1) collectgarbage() end)
  local v, k = get()
  assert(v == n + 1 and k == n + 1 and number == n + 1 and variable[1] == n + 1)
  return get, set
end
for i = 1, 5 do
  local co = coroutine.create(function(...)
    local get, set = checked(...)
    coroutine.yield(get)
    deep(500, function() set(-1) coroutine.yield(set) end)
    return get()
  end)
  local _, get = coroutine.resume(co, i)
  local _, set = coroutine.resume(co)
  collectgarbage()
  set(77)
  assert(get() == 77)
  local _, v = coroutine.resume(co)
  assert(v == 77)
end
-- Results that are more than the stack has room for, from metamethods and across protection.
local many = {}
for i = 1, 3000 do many[i] = { i } end
local function all() return table.unpack(many) end
local proxy = setmetatable({}, { __call = function(_, ...) collectgarbage() return ... end,
  __index = function(_, k) return (select(k, all())) end })
assert(select("#", proxy(all())) == 3000 and proxy[2999][1] == 2999)
assert(select("#", pcall(proxy, all())) == 3001)
assert(#{ coroutine.wrap(function(...) coroutine.yield() return ... end)(all()) } == 0)
local wrapped = coroutine.wrap(function(...) return select("#", ...), coroutine.yield(...) end)
assert(select("#", wrapped(all())) == 3000)
-- A coroutine that dies leaves its variables to closures that outlive it.
local escaped = {}
for i = 1, 50 do
  local co = coroutine.create(function()
    local mine <close> = setmetatable({}, { __close = function() escaped[i] = escaped[i] end })
    local value = ("text"):rep(10) .. i
    escaped[i] = function(new) value, new = new or value, value return new, mine end
    if i % 2 == 0 then error("dead") end
    coroutine.yield()
  end)
  coroutine.resume(co)
  if i % 3 == 0 then coroutine.close(co) end
end
collectgarbage()
for i = 1, 50 do
  assert(escaped[i]("new" .. i) == ("text"):rep(10) .. i)
  assert(escaped[i]() == "new" .. i)
end
