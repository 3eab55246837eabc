-- __newindex as a function and as a table; only absent keys ask it.
local log = {}
local t = setmetatable({ present = 1 }, { __newindex = function(self, k, v)
  log[#log + 1] = tostring(k) .. "=" .. tostring(v)
end })
t.present = 2
t.absent = 3
t[1] = "one"
print(t.present, t.absent, t[1], table.concat(log, " "))  --> 2	nil	nil	absent=3 1=one
rawset(t, "absent", 4)
t.absent = 5
print(t.absent, #log)  --> 5	2
t.present = nil
t.present = 6
print(t.present, log[#log])  --> nil	present=6
local store = {}
local proxy = setmetatable({}, { __newindex = store, __index = store })
proxy.a = 1
print(rawget(proxy, "a"), store.a, proxy.a)  --> nil	1	1
local second = {}
setmetatable(store, { __newindex = second })
proxy.b = 2
proxy.a = 10
print(rawget(store, "b"), second.b, store.a)  --> nil	2	10
print(pcall(function() setmetatable({}, { __newindex = 5 }).x = 1 end))
--> false	newindex.lua:25: attempt to index a number value
local readonly = setmetatable({}, { __newindex = function(_, k) error("no field '" .. k .. "'", 2) end })
print(pcall(function() readonly.x = 1 end))  --> false	newindex.lua:28: no field 'x'
for i, k in ipairs { "p", "q" } do proxy[k] = i end
print(second.p, second.q)  --> 1	2
local x = setmetatable({}, { __newindex = function(t, k, v) rawset(t, k, v * 2) end })
x.a, x.b = 1, 2
x.a = 5
print(x.a, x.b)  --> 5	4
