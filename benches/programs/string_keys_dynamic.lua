-- Tables whose string keys are made at run time: set, read back and removed.
-- quick size: 20
local n = tonumber(arg and arg[1]) or 600000

local sum, removed = 0, 0
local store = {}
for i = 1, n do store["user:" .. i % 5000 .. ":name"] = i end
for i = 1, n do sum = sum + (store["user:" .. i % 7000 .. ":name"] or 0) end
print(sum)
for i = 1, n, 3 do
  local key = "user:" .. i % 5000 .. ":name"
  if store[key] then store[key], removed = nil, removed + 1 end
end
print(removed)

-- Keys of one length that differ in their last bytes, and long keys.
local long, prefix = {}, ("p"):rep(60)
for i = 1, n do
  local key = prefix .. i % 2000
  long[key] = (long[key] or 0) + i
end
local total = 0
for i = 0, 1999 do total = total + (long[prefix .. i] or 0) end
print(total)

-- Objects whose fields are chosen by name.
local fields = { "alpha", "beta", "gamma", "delta", "epsilon", "zeta" }
local object = {}
for i = 1, n * 4 do
  local field = fields[i % #fields + 1]
  object[field] = (object[field] or 0) + i
end
for _, field in ipairs(fields) do print(field, object[field]) end
