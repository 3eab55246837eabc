-- Closures made and called in great number; shared and private upvalues.
-- quick size: 10
local n = tonumber(arg and arg[1]) or 1100000

local function counter(step)
  local value = 0
  local function add() value = value + step return value end
  local function get() return value end
  return add, get
end

local sum = 0
for i = 1, n do
  local add, get = counter(i % 5)
  add()
  add()
  sum = sum + get()
end
print(sum)

local function compose(f, g) return function(x) return f(g(x)) end end
local chain = function(x) return x + 1 end
for i = 1, 6 do chain = compose(chain, function(x) return (x * i) % 10007 end) end
local folded = 0
for i = 1, n / 8 do folded = folded + chain(i) end
print(folded)

local queue = {}
for i = 1, n / 2 do queue[i % 100 + 1] = function() return i end end
local kept = 0
for i = 1, 100 do kept = kept + (queue[i] and queue[i]() or 0) end
print(kept)
