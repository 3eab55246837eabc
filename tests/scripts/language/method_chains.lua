-- Index chains, method calls and calls of call results.
local obj = { list = {}, name = "o" }
function obj:add(x) self.list[#self.list + 1] = x return self end
function obj:get(i) return self.list[i] end
print(obj:add(1):add(2):add(3):get(2), #obj.list)  --> 2	3
local a = { b = { c = { d = function() return { e = "found" } end } } }
print(a.b.c.d().e, a["b"]["c"].d()["e"], (a).b.c.d{}.e)  --> found	found	found
local function curry(x) return function(y) return function(z) return x .. y .. z end end end
print(curry "a" "b" "c", curry(1)(2)(3))  --> abc	123
print(("x"):upper():lower():rep(2), #("abc"):sub(2), ("a,b"):find(",", 1, true))  --> xx	2	2	2
local t = setmetatable({}, { __index = function(_, k) return k .. "!" end })
print(t.hello, t[1], t["a b"])  --> hello!	1!	a b!
local i = 0
local function next_index() i = i + 1 return i end
local arr = { 10, 20, 30 }
arr[next_index()] = arr[next_index()]
print(arr[1], arr[2], i)  --> 20	20	2
obj.list[1], obj.list[2] = obj.list[2], obj.list[1]
print(obj:get(1), obj:get(2))  --> 2	1
print(#arr, -#arr, not #arr, #arr == 3)  --> 3	-3	false	true
