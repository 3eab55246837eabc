-- A cache that forgets what was used longest ago: a hash and a linked list.
-- quick size: 50
local n = tonumber(arg and arg[1]) or 900000

local Cache = {}
Cache.__index = Cache

function Cache.new(capacity)
  local head, tail = {}, {}
  head.next, tail.previous = tail, head
  return setmetatable({ capacity = capacity, size = 0, map = {}, head = head, tail = tail }, Cache)
end

local function unlink(node)
  node.previous.next, node.next.previous = node.next, node.previous
end

function Cache:push_front(node)
  local head = self.head
  node.previous, node.next = head, head.next
  head.next.previous = node
  head.next = node
end

function Cache:get(key)
  local node = self.map[key]
  if not node then return nil end
  unlink(node)
  self:push_front(node)
  return node.value
end

function Cache:put(key, value)
  local node = self.map[key]
  if node then
    node.value = value
    unlink(node)
    self:push_front(node)
    return
  end
  if self.size >= self.capacity then
    local oldest = self.tail.previous
    unlink(oldest)
    self.map[oldest.key] = nil
    self.size = self.size - 1
  end
  node = { key = key, value = value }
  self.map[key] = node
  self:push_front(node)
  self.size = self.size + 1
end

local cache, state = Cache.new(500), 7
local hits, misses, sum = 0, 0, 0
for i = 1, n do
  state = state * 16807 % 2147483647
  local key = state % (state % 7 < 2 and 5000 or 600)
  local value = cache:get(key)
  if value then
    hits, sum = hits + 1, sum + value
  else
    misses = misses + 1
    cache:put(key, i)
  end
end
print(hits, misses, sum)

local order, node = 0, cache.head.next
while node ~= cache.tail do
  order = (order * 31 + node.key) % 4294967296
  node = node.next
end
print(cache.size, order)
