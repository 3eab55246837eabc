-- The same code with operands of changing types gives results of changing types.
local function add(a, b) return a + b end
local function less(a, b) return a < b end
local function index(t, k) return t[k] end
for _, p in ipairs { { 1, 2 }, { 1, 2.5 }, { 1.5, 2 }, { "1", 2 }, { 1, "2.0" }, { 1e15, 1 } } do
  print(add(p[1], p[2]))
  --> 3
  --> 3.5
  --> 3.5
  --> 3
  --> 3.0
  --> 1e+15
end
for _, p in ipairs { { 1, 2 }, { 1, 0.5 }, { "a", "b" }, { 2^53, (1 << 53) + 1 } } do
  print(less(p[1], p[2]))
  --> true
  --> false
  --> true
  --> true
end
local t = { 10, 20, x = "field", [1.5] = "half", [true] = "yes" }
for _, k in ipairs { 1, 2.0, "x", 1.5, true, "missing" } do print(index(t, k)) end
--> 10
--> 20
--> field
--> half
--> yes
--> nil
local sum = 0
for _, v in ipairs { 1, 2, 0.5, "3" } do sum = sum + v print(sum) end
--> 1
--> 3
--> 3.5
--> 6.5
local function negate(x) return -x end
print(negate(1), negate(1.5), negate("2"), negate(math.mininteger), negate(0), negate(0.0))
--> -1	-1.5	-2	-9223372036854775808	0	-0.0
local function div(a, b) return a / b, a // b, a % b end
print(div(7, 2)) print(div(7.0, 2)) print(div("7", "2")) print(div(-7, 2.5))
--> 3.5	3	1
--> 3.5	3.0	1.0
--> 3.5	3	1
--> -2.8	-3.0	0.5
