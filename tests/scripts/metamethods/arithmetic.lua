-- Each arithmetic metamethod, with the object on the left, on the right, and with itself.
local mt = {}
local function name(v) return type(v) == "table" and "obj" or tostring(v) end
for _, op in ipairs { "add", "sub", "mul", "div", "mod", "pow", "idiv" } do
  mt["__" .. op] = function(a, b) return op .. "(" .. name(a) .. "," .. name(b) .. ")" end
end
mt.__unm = function(a, b) return "unm(" .. name(a) .. "," .. name(b) .. ")", "dropped" end
local o = setmetatable({}, mt)
print(o + 1, 1 + o, o + o)  --> add(obj,1)	add(1,obj)	add(obj,obj)
print(o - 1, 1 - o, o - o)  --> sub(obj,1)	sub(1,obj)	sub(obj,obj)
print(o * 1.5, 2 * o, o * o)  --> mul(obj,1.5)	mul(2,obj)	mul(obj,obj)
print(o / 1, 1 / o, o / o)  --> div(obj,1)	div(1,obj)	div(obj,obj)
print(o % 2, 2 % o, o % o)  --> mod(obj,2)	mod(2,obj)	mod(obj,obj)
print(o ^ 2, 2 ^ o, o ^ o)  --> pow(obj,2)	pow(2,obj)	pow(obj,obj)
print(o // 2, 2 // o, o // o)  --> idiv(obj,2)	idiv(2,obj)	idiv(obj,obj)
print(-o, - -1)  --> unm(obj,obj)	1
print(o + "x", "x" + o, o + nil, nil + o, o + true, {} + o, o + {})
--> add(obj,x)	add(x,obj)	add(obj,nil)	add(nil,obj)	add(obj,true)	add(obj,obj)	add(obj,obj)
local p = setmetatable({}, { __add = function() return "p" end })
print(o + p, p + o)  --> add(obj,obj)	p
print(pcall(function() return p - 1 end))
--> false	arithmetic.lua:21: attempt to perform arithmetic on a table value (upvalue 'p')
print(pcall(function() return 1 * p end))
--> false	arithmetic.lua:23: attempt to perform arithmetic on a table value (upvalue 'p')
print(pcall(function() return -p end))
--> false	arithmetic.lua:25: attempt to perform arithmetic on a table value (upvalue 'p')
local x = o
x = x + 1
print(x)  --> add(obj,1)
print(1000000 + o, o - 0.5, "10" + setmetatable({}, { __add = function(a, b) return a .. "!" end }))
--> add(1000000,obj)	sub(obj,0.5)	10!
