-- Whatever calls back is reclaimed from under: arguments, tables, strings, names of chunks.
--! end = done
local function waste()
  local t = {}
  for i = 1, 30 do t[i] = { ("waste"):rep(i) } end
  collectgarbage()
end
local long = ("a long string "):rep(20)
-- The source and the name of a chunk that is being compiled, and that only the call holds.
local parts = { "local a = '" .. long .. "' ", "return a, ", "'" .. long .. "'" }
local made = load(function() waste() return table.remove(parts, 1) end, "=" .. long .. "x")
assert(select(2, made()) == long)
assert(not load(function() waste() return nil end == nil and "" or "x = = 1", ("@" .. long):rep(2)))
-- Subjects, replacements and captures of the pattern functions.
local out = (long .. "!"):gsub("%w+", function(word) waste() return word .. #long end)
assert(#out > #long)
for a, b in (long .. "?"):gmatch("(%w+) (%w+)") do waste() assert(#a + #b > 0) end
assert((long .. "."):gsub("%w", setmetatable({}, { __index = function(t, k)
  waste()
  t[k] = k .. k
  return t[k]
end })))
-- Lists that go away while they are sorted or joined.
local list = {}
for i = 1, 60 do list[i] = { i * 7 % 61 } end
table.sort(list, function(a, b)
  if a[1] == 5 then waste() end
  return a[1] < b[1]
end)
assert(list[1][1] < list[60][1])
local joined = table.concat(setmetatable({}, {
  __len = function() waste() return 5 end,
  __index = function(_, i) waste() return long .. i end,
}), long)
assert(#joined > 9 * #long)
-- Operands of chains whose other operands are made meanwhile.
local object = setmetatable({}, { __concat = function(a, b)
  waste()
  return (type(a) == "string" and a or "") .. (type(b) == "string" and b or "")
end })
assert(#(long .. "1" .. object .. long .. "2" .. object .. long) == 3 * #long + 2)
-- Conversions.
local shown = setmetatable({}, { __tostring = function() waste() return long .. "shown" end })
assert(("%s|%s|%-40s"):format(shown, tostring(shown), shown):find("shown|a long", 1, true))
assert(#table.pack(pcall(error, shown)) == 2)
-- Keys of a table that is traversed, while all its values go.
local t = {}
for i = 1, 200 do t["key" .. i], t[{}] = {}, ("x"):rep(50) end
for k in pairs(t) do
  t[k] = nil
  if #tostring(k) % 3 == 0 then waste() end
end
assert(next(t) == nil)
-- Handlers, variables that are closed, coroutines that are abandoned.
for i = 1, 20 do
  local co = coroutine.wrap(function(...)
    local kept <close> = setmetatable({ ... }, { __close = function(self, e)
      waste()
      assert(self[1] == i and (e == nil or e[1] == i))
    end })
    coroutine.yield(function() return kept[1], long .. i end)
    if i % 2 == 0 then error({ i }) end
  end)
  local f = co(i)
  waste()
  assert(f() == i)
  if i % 3 > 0 then pcall(co) end
  co = nil
  waste()
  assert(select(2, f()) == long .. i)
end
assert(select(2, xpcall(function() error({ long }) end, function(e) waste() return e[1] end)) == long)
