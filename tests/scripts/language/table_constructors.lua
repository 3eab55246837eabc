-- Table constructors: positional, named, computed and mixed fields.
local t = { 1, 2, 3, x = 10, ["y z"] = 20, [100] = 30, [1.5] = 40, [true] = 50 }
print(#t, t.x, t["y z"], t[100], t[1.5], t[true])  --> 3	10	20	30	40	50
local u = { [1] = "explicit", "positional" }
print(u[1])  --> positional
local v = { "a", "b", [2] = "x", "c" }
print(v[1], v[2], v[3])  --> a	b	c
local function three() return 1, 2, 3 end
print(#{ three() }, #{ three(), 10 }, #{ 10, three() }, #{ (three()) }, #{ three(), nil })
--> 3	2	4	1	1
print(#{ n = three() }, ({ n = three() }).n)  --> 0	1
local nested = { { 1, { 2 } }, a = { b = { c = "deep" } } }
print(nested[1][2][1], nested.a.b.c)  --> 2	deep
local long = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
  25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49,
  50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, three() }
print(#long, long[50], long[51], long[63])  --> 63	50	51	3
print(#{ 1, 2, 3, }, #{ 1; 2; 3; }, next({}), ({ f = function() return "f" end }).f())
--> 3	3	nil	f
local k = "key"
print(({ [k .. 1] = 5 }).key1, ({ [#k] = k })[3])  --> 5	key
print(pcall(load("return { [nil] = 1 }", "=c")))  --> false	c:1: table index is nil
print(pcall(load("return { [0/0] = 1 }", "=c")))  --> false	c:1: table index is NaN
local self = {}
self.me = self
print(self.me.me.me == self)  --> true
local order = {}
local function note(x) order[#order + 1] = x return x end
local _ = { note(1), [note("k")] = note("v"), note(2) }
print(table.concat(order, " "))  --> 1 k v 2
