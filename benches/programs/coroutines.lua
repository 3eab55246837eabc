-- Coroutines: a generator chain, two-way switching, and many short-lived ones.
-- quick size: 10
local n = tonumber(arg and arg[1]) or 800000
local yield, resume, wrap = coroutine.yield, coroutine.resume, coroutine.wrap

local function numbers(limit)
  return wrap(function() for i = 1, limit do yield(i) end end)
end

local function filter(source, keep)
  return wrap(function()
    for value in source do
      if keep(value) then yield(value) end
    end
  end)
end

local sum = 0
for value in filter(numbers(n), function(v) return v % 3 == 0 end) do sum = sum + value end
print(sum)

local echo = coroutine.create(function(value)
  while true do value = yield(value * 2 + 1) end
end)
local state = 1
for _ = 1, n * 2 do
  local _, reply = resume(echo, state % 65536)
  state = reply
end
print(state, coroutine.status(echo))

local function walk(tree)
  if tree then
    walk(tree.left)
    yield(tree.key)
    walk(tree.right)
  end
end

local function build(low, high)
  if low > high then return nil end
  local middle = math.floor((low + high) / 2)
  return { key = middle, left = build(low, middle - 1), right = build(middle + 1, high) }
end

local tree, visited = build(1, 63), 0
for _ = 1, n / 400 do
  for key in wrap(function() walk(tree) end) do visited = visited + key end
end
print(visited)

local finished = 0
for i = 1, n / 5 do
  local co = coroutine.create(function(x) return yield(x) + 1 end)
  resume(co, i)
  local _, last = resume(co, i)
  if last == i + 1 and coroutine.status(co) == "dead" then finished = finished + 1 end
end
print(finished)
