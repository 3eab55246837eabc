--! whole
-- Weak tables: which entries go, and which stay.
local function count(t)
  local n = 0
  for _ in pairs(t) do n = n + 1 end
  return n
end
local text = string.rep("long ", 10)

-- Values.
local v = setmetatable({}, {__mode = "v"})
local kept = {}
for i = 1, 20 do v[i] = i % 2 == 0 and {} or i end
v.gone, v.kept, v.text, v.print = {}, kept, text .. "!", print
v[kept] = {}
v[{}] = kept
v[{}] = 1
collectgarbage()
print(count(v), v.gone, v.kept == kept, v.text == text .. "!", v.print == print, v[kept])
--> 15	nil	true	true	true	nil
kept = nil
v.text = nil
collectgarbage()
print(count(v))  --> 12

-- Keys: an entry's value does not keep its own key.
local k = setmetatable({}, {__mode = "k"})
local key = {}
k[key] = {key}
k[{}] = 1
k[1], k[text], k[print], k[true], k[1.5] = {}, {}, {}, {}, {}
do
  local a = {}
  k[a] = {a}
end
collectgarbage()
print(count(k), k[key][1] == key)  --> 6	true
key = nil
collectgarbage()
print(count(k))  --> 5

-- Both.
local kv = setmetatable({}, {__mode = "kv"})
local one, two = {}, {}
kv[one], kv[two], kv[{}], kv[1] = two, {}, one, {}
kv[text], kv[text .. "?"] = "a value that is not short", {}
collectgarbage()
print(count(kv), kv[one] == two, kv[two], kv[text])  --> 2	true	nil	a value that is not short

-- The mode counts when memory is reclaimed.
local mt = {}
local t = setmetatable({{}, {}}, mt)
collectgarbage()
print(#t)  --> 2
mt.__mode = "a mode of many letters, too many for PUC Lua to look for a v"
collectgarbage()
print(#t)  --> 2
mt.__mode = "a mode with a v"
collectgarbage()
print(#t)  --> 0

-- A table that is weak and collected by the way, and one that is its own metatable.
local own = {}
own.__mode, own[1] = "v", {}
setmetatable(own, own)
setmetatable({setmetatable({{}}, own)}, own)
collectgarbage()
print(own[1], own.__mode)  --> nil	v

-- New keys find their places among those that went.
for round = 1, 20 do
  for i = 1, 50 do k[{}] = i end
  collectgarbage()
  for i = 1, 50 do k["key " .. i] = i end
  for i = 1, 50 do assert(k["key " .. i] == i) end
  for i = 1, 50 do k["key " .. i] = nil end
end
collectgarbage()
print(count(k))  --> 5

-- Entries that go during a traversal.
local w = setmetatable({}, {__mode = "k"})
local strong = {}
for i = 1, 100 do
  local object = {}
  w[object] = i
  if i % 3 == 0 then strong[object] = true end
end
local met = 0
for object, i in pairs(w) do
  met = met + 1
  if met == 1 then collectgarbage() end
end
print(met == 33 or met == 34, count(w) <= 34)  --> true	true
