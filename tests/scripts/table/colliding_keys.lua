-- Tables where hundreds of keys are in one chain: they do all that other tables do.
local tail = "\xDB\x28\xB4\xA0\xD1\x7E\x03\xE7"
local function key(i) return ("%06d"):format(i) .. tail end
local count = 300
local t = {}
for i = 1, count do t[key(i)] = i end
local sum, seen = 0, 0
for k, v in pairs(t) do
  assert(t[k] == v and rawget(t, k) == v and k == key(v))
  sum, seen = sum + v, seen + 1
end
print(sum, seen)  --> 45150	300
print(t[key(1)], t[key(count)], t[key(0)], rawget(t, key(count + 1)))  --> 1	300	nil	nil

-- Fields by name, reading, writing and removing.
local source = "local t = ... t['NAME'] = (t['NAME'] or 0) + 1 return t['NAME'], t.missing"
local chunk = load((source:gsub("NAME", key(7))))
print(chunk(t))  --> 8	nil
chunk = load((source:gsub("NAME", key(count + 1))))
print(chunk(t))  --> 1	nil
for i = 1, count, 2 do t[key(i)] = nil end
seen = 0
for _ in pairs(t) do seen = seen + 1 end
print(seen, t[key(1)], t[key(2)], t[key(count + 1)])  --> 151	nil	2	1
for i = 1, count do t[key(i)] = -i end
t.plain, t[1], t[2], t[0.5] = "plain", "one", "two", "half"
print(t.plain, t[1], t[0.5], #t, t[key(299)])  --> plain	one	half	2	-299
print(next({}, nil), pcall(next, t, key(count + 9)))  --> nil	false	invalid key to 'next'

-- As a metatable, and behind one.
local metatable = {}
for i = 1, count do metatable[key(i)] = i end
local object = setmetatable({}, metatable)
print(object.x, #object, object == setmetatable({}, metatable))  --> nil	0	false
metatable.__index = t
print(object[key(5)], object.plain, object.x, object[1])  --> -5	plain	nil	one
metatable.__index = function(_, k) return "made " .. tostring(k) end
print(object.x, object[key(5)] == "made " .. key(5))  --> made x	true
metatable.__newindex = function(o, k, v) rawset(o, k, v * 2) end
object.y = 21
metatable.__newindex = nil
object.z = 22
print(object.y, object.z)  --> 42	22
metatable.__len = function() return 77 end
metatable.__eq = function() return true end
print(#object, object == setmetatable({}, metatable))  --> 77	true
metatable.__call = function(_, a) return a end
metatable.__index, metatable.__len = nil, nil
print(object(1), object.x, #object)  --> 1	nil	0

-- It grows, and is a plain table again when the keys are gone.
for i = 1, 1000 do t["k" .. i] = i end
for i = 1, count do t[key(i)] = nil end
for i = 1, 3000 do t["l" .. i] = i end
seen = 0
for _ in pairs(t) do seen = seen + 1 end
print(seen, t.k1000, t.l3000, t[key(5)])  --> 4005	1000	3000	nil

-- Globals, methods and weak tables.
local env = setmetatable({}, {__index = _G})
for i = 1, count do env[key(i)] = i end
load("x = 5 y = x + 1 function f() return y end", "chunk", "t", env)()
print(env.x, env.y, env.f(), load("return type(print)", "c", "t", env)())  --> 5	6	6	function
env.method = function(self, n) return self.x + n end
print(env:method(1))  --> 6
local weak = setmetatable({}, {__mode = "v"})
for i = 1, count do weak[key(i)] = i % 2 == 0 and t or {} end
collectgarbage()
seen = 0
for k in pairs(weak) do if weak[k] == t then seen = seen + 1 end end
print(seen == 150, weak[key(2)] == t)  --> true	true
