-- Variable arguments: select, pack, unpack, and passing ... on.
-- quick size: 10
local n = tonumber(arg and arg[1]) or 400000
local select, pack, unpack = select, table.pack or function(...) return { n = select("#", ...), ... } end,
  table.unpack or unpack

local function count(...) return select("#", ...) end

local function sum(...)
  local total = 0
  for i = 1, select("#", ...) do total = total + (select(i, ...)) end
  return total
end

local function rotate(first, ...)
  if select("#", ...) == 0 then return first end
  local t = pack(...)
  t[t.n + 1] = first
  return unpack(t, 1, t.n + 1)
end

local function pass(...) return ... end

local function recurse(head, ...)
  if head == nil then return 0 end
  return head + recurse(...)
end

local a, b, c, d, e = 0, 0, 0, 0, 0
for i = 1, n do
  a = a + count(i, nil, i, nil)
  b = b + sum(i, i + 1, i + 2, i + 3)
  c = c + select(2, rotate(i, 2 * i, 3 * i))
  local t = { pass(i, i, pass(i, i)) }
  d = d + #t
  e = e + recurse(1, 2, 3, 4, 5)
end
print(a, b, c, d, e)
