-- A program whose choices are its arguments: numbers, taken one after the other. Functions that
-- libraries and metamethods call back make choices of their own, and so change what their callers
-- are in the middle of: tables that are traversed, sorted or joined, coroutines, variables that
-- are about to be closed. It prints what it sees, but never an address. Where the first choice is
-- even, nothing that it prints depends on when memory is reclaimed.
local choices = { ... }
for i = 1, #choices do choices[i] = tonumber(choices[i]) end
local at, depth = 1, 0
local pool, coroutines, log = {}, {}, {}
local op

local function choose(count)
  at = at + 1
  return (choices[at] or 0) % count
end

local function see(...)
  local seen = table.pack(...)
  for i = 1, seen.n do
    local value = seen[i]
    local kind = math.type(value) or type(value)
    if kind == "string" then
      value = value:gsub(": 0x%x+", ": address")
      kind = #value .. ":" .. value:sub(1, 12)
    elseif kind == "integer" or kind == "float" or kind == "boolean" then
      kind = tostring(value)
    end
    seen[i] = kind
  end
  log[#log + 1] = table.concat(seen, ",")
  if #log > 400 then error("enough", 0) end
  return ...
end

local function try(f, ...)
  local results = table.pack(pcall(f, ...))
  if not results[1] then
    local message = results[2]
    if type(message) == "string" then
      if message == "enough" then error(message, 0) end
      -- Which of two values an inconsistent order reaches first is nobody's promise.
      message = message:find("order function", 1, true) and "order" or message:sub(1, 60)
    end
    return see("error", message)
  end
  return see(table.unpack(results, 2, math.min(results.n, 6)))
end

-- Something happens, wherever this is called from.
local function happen()
  if depth < 4 and at < #choices then
    depth = depth + 1
    local ok, message = pcall(op)
    depth = depth - 1
    if not ok then error(message, 0) end
  end
end

local strings = { "", "a", "key", "a string beyond fourteen bytes", ("long"):rep(40) }
local function value()
  local kind = choose(9)
  if kind == 0 then return nil end
  if kind == 1 then return choose(40) - 8 end
  if kind == 2 then return choose(40) / 4 end
  if kind == 3 then return strings[1 + choose(#strings)] .. choose(20) end
  if kind == 4 then return strings[1 + choose(#strings)] end
  if kind == 5 then return choose(2) == 0 end
  return pool[1 + choose(12)]
end

local function container()
  local found = pool[1 + choose(12)]
  if type(found) ~= "table" then
    found = {}
    pool[1 + choose(12)] = found
  end
  return found
end

local events = {
  "__index", "__newindex", "__call", "__concat", "__len", "__eq", "__lt", "__le", "__add",
  "__unm", "__close", "__tostring", "__name", "__pairs", "__idiv", "__band",
}

local function handler()
  local result, kind = value(), choose(5)
  return function(...)
    happen()
    if kind == 0 then return result end
    if kind == 1 then return value() end
    if kind == 2 then return ... end
    if kind == 3 and coroutine.isyieldable() then return coroutine.yield(result) end
    if kind == 4 and choose(4) == 0 then error(result, 0) end
    return (select("#", ...))
  end
end

local function compare(a, b)
  happen()
  local kinds = { number = 1, string = 2 }
  local kind, other = kinds[type(a)], kinds[type(b)]
  if kind and kind == other then return a < b end
  return (kind or 3) < (other or 3)
end

local function body(first)
  local own <close> = setmetatable({}, { __close = handler() })
  local kept = first
  pool[1 + choose(12)] = function(x) kept, x = x, kept return x end
  for _ = 1, 1 + choose(4) do
    happen()
    see("body", coroutine.yield(kept))
  end
  local last <close> = pool[1 + choose(12)]
  return kept, value()
end

local function weaken()
  local weak = setmetatable({}, { __mode = ({ "k", "v", "kv" })[1 + choose(3)] })
  for i = 1, 8 do weak[pool[i] or i] = pool[i + 1] end
  collectgarbage()
  pool[1 + choose(12)] = weak
end

local ops = {
  function() pool[1 + choose(12)] = {} end,
  function() container()[1 + choose(20)] = value() end,
  function()
    local key = value()
    try(function(t) t[key] = value() end, container())
  end,
  function() try(function(t) return t[value()] end, container()) end,
  function()
    local t = container()
    for i = 1, choose(30) do t[#t + 1] = choose(100) end
  end,
  function()
    local t = container()
    local metatable = getmetatable(t)
    if type(metatable) ~= "table" then metatable = {} end
    metatable[events[1 + choose(#events)]] = choose(3) == 0 and container() or handler()
    try(setmetatable, t, metatable)
  end,
  function() try(table.sort, container(), compare) end,
  function() try(table.sort, container()) end,
  function() try(table.concat, container(), strings[1 + choose(#strings)]) end,
  function() try(table.insert, container(), 1 + choose(8), value()) end,
  function() try(table.remove, container(), 1 + choose(8)) end,
  function() try(table.move, container(), 1, choose(12), choose(12), container()) end,
  function() try(table.unpack, container(), 1, choose(20)) end,
  function()
    local t, count = container(), 0
    try(function()
      for key in next, t do
        count = count + 1
        if choose(3) == 0 then t[key] = nil end
        if choose(3) == 0 then t[key] = value() end
        if choose(6) == 0 then collectgarbage() end
        if count > 50 then break end
      end
    end)
    see("next", count > 0)
  end,
  function()
    local t = container()
    try(function() for i, item in ipairs(t) do happen() if i > 9 then return item end end end)
  end,
  function()
    try(string.gsub, strings[1 + choose(#strings)], "%w", function(c)
      happen()
      return choose(3) == 0 and c or nil
    end)
  end,
  function() try(string.gsub, strings[1 + choose(#strings)], ".", container()) end,
  function()
    try(function()
      for word in strings[1 + choose(#strings)]:gmatch("%a") do
        happen()
        if word == "g" then return word end
      end
    end)
  end,
  function() try(function(a, b) return a .. b end, value(), value()) end,
  function() try(function(a, b, c, d) return a .. b .. c .. d end, 1, value(), "x", value()) end,
  function() try(function(a, b) return a + b end, value(), value()) end,
  function() try(function(a, b) return a == b, a < b end, value(), value()) end,
  function() try(function(a) return #a end, value()) end,
  function() try(function(f, ...) return f(...) end, value(), value(), value()) end,
  function() try(function(f, a) return f:key(a) end, value(), value()) end,
  function() coroutines[1 + choose(6)] = coroutine.create(body) end,
  function() coroutines[1 + choose(6)] = coroutine.create(happen) end,
  function()
    local co = coroutines[1 + choose(6)]
    if co then try(coroutine.resume, co, value()) end
  end,
  function()
    local co = coroutines[1 + choose(6)]
    if co then try(coroutine.close, co) end
  end,
  function() pool[1 + choose(12)] = coroutine.wrap(body) end,
  function()
    local captured, other = value(), value()
    pool[1 + choose(12)] = function(...)
      captured, other = other, captured
      happen()
      return captured, ...
    end
  end,
  function()
    try(function(...)
      local a <close> = setmetatable({}, { __close = handler() })
      local b <close> = pool[1 + choose(12)] or nil
      happen()
      if choose(2) == 0 then return value(), ... end
      error(value(), 0)
    end, value())
  end,
  function()
    try(xpcall, function() happen() error(value(), 0) end, function(message)
      happen()
      return message
    end)
  end,
  function() if coroutine.isyieldable() then see("yield", coroutine.yield(value())) end end,
  function() collectgarbage() end,
  function() collectgarbage("step") end,
  function()
    local parts = { "local x = ...", " return x, ", tostring(choose(9)), ", 'a literal of many'" }
    local f = load(function() happen() return table.remove(parts, 1) end, "=made")
    if f then try(f, value()) pool[1 + choose(12)] = f end
  end,
  function()
    local f = pool[1 + choose(12)]
    if type(f) == "function" and debug and debug.getinfo(f, "S").what == "Lua" then
      try(debug.setupvalue, f, 1, value())
    end
  end,
  function() try(tostring, container()) end,
  function() try(string.format, "%s|%10.3s|%q", value(), value(), choose(9)) end,
  function() pool[1 + choose(12)] = select(-1, table.unpack(choices, 1, choose(60)), 1) end,
  function() weaken() end,
  function()
    local text = strings[1 + choose(#strings)]
    try(string.rep, text, choose(9), strings[1 + choose(#strings)])
  end,
  function()
    local t = container()
    for i = 1, choose(40) do t["field" .. i] = i end
    for i = 1, choose(40) do t["field" .. i] = nil end
  end,
}

if (choices[1] or 0) % 2 == 0 then weaken = function() end end
op = function() ops[1 + choose(#ops)]() end

local ok, message = pcall(function()
  while at < #choices do
    depth = 0
    op()
  end
end)
print(ok, type(message) == "string" and message or type(message))
print(table.concat(log, "\n"))
