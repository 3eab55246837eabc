-- A __close that yields, raises, and closes again.
--! end = done
local function closing(f) return setmetatable({}, { __close = f }) end
local thread = coroutine.wrap(function()
  local ok, message = pcall(function()
    local a <close> = closing(function() coroutine.yield("in close") error("from close", 0) end)
    error("first", 0)
  end)
  error(message, 0)
end)
assert(thread() == "in close")
local ok, message = pcall(thread)
assert(not ok and message:find("from close"))
local function f()
  local a <close> = closing(function() f() end)
end
assert(not pcall(f))
local function g(n)
  local a <close> = closing(function() error(n, 0) end)
  return g(n + 1) + 1
end
assert(not pcall(g, 1))
