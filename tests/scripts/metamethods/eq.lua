-- __eq is asked for two different tables only, and its result becomes a boolean.
local calls = 0
local mt = { __eq = function(a, b) calls = calls + 1 return a.v == b.v end }
local a, b, c = setmetatable({ v = 1 }, mt), setmetatable({ v = 1 }, mt), setmetatable({ v = 2 }, mt)
print(a == b, a == c, a ~= b, a ~= c, calls)  --> true	false	false	true	4
print(a == a, a == 1, a == nil, a == "x", calls)  --> true	false	false	false	4
print(a == { v = 1 }, { v = 1 } == a, calls)  --> true	true	6
print(rawequal(a, b), rawequal(a, a))  --> false	true
local odd = setmetatable({}, { __eq = function() return "truthy" end })
local none = setmetatable({}, { __eq = function() return nil end })
print(odd == {}, {} == odd, none == {}, odd ~= {}, odd == none, none == odd)
--> true	true	false	false	true	false
if a == b then print("then") else print("else") end  --> then
if not (a == c) then print("different") end  --> different
local t = { [a] = "by a" }
print(t[a], t[b])  --> by a	nil
print(pcall(function() return setmetatable({}, { __eq = function() error("eq", 0) end }) == {} end))
--> false	eq
