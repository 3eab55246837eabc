-- Protected calls that succeed, and that fail with strings, tables and faults.
-- quick size: 10
local n = tonumber(arg and arg[1]) or 450000
local pcall, error = pcall, error

local function succeed(a, b) return a + b end
local function fail_text(i) error("failed on purpose " .. i % 10, 0) end
local function fail_table(code) error(code) end
local function fault(t) return t.missing.field end
local function nested(depth, value)
  if depth == 0 then error(value) end
  return (nested(depth - 1, value))
end

local sum = 0
for i = 1, n * 3 do
  local ok, value = pcall(succeed, i, 1)
  if ok then sum = sum + value end
end
print(sum)

local texts = 0
for i = 1, n do
  local ok, message = pcall(fail_text, i)
  if not ok then texts = texts + #message end
end
print(texts)

local codes, shared = 0, { code = 7 }
for _ = 1, n do
  local _, problem = pcall(fail_table, shared)
  codes = codes + problem.code
end
print(codes)

local faults, last = 0, nil
for _ = 1, n / 2 do
  local ok, message = pcall(fault, {})
  if not ok then faults, last = faults + 1, message end
end
print(faults, (last:gsub("^.*:(%d+):.*", "%1")))

local depth = 0
for i = 1, n / 10 do
  local _, value = pcall(nested, 20, shared)
  depth = depth + value.code * (i % 3)
end
print(depth)

local handled = 0
for _ = 1, n / 2 do
  local _, value = xpcall(fail_table, function(e) return e.code + 1 end, shared)
  handled = handled + value
end
print(handled)
