-- Bitwise metamethods.
local mt = {}
local function name(v) return type(v) == "table" and "obj" or tostring(v) end
for _, op in ipairs { "band", "bor", "bxor", "shl", "shr" } do
  mt["__" .. op] = function(a, b) return op .. "(" .. name(a) .. "," .. name(b) .. ")" end
end
mt.__bnot = function(a, b) return "bnot(" .. name(a) .. "," .. name(b) .. ")" end
local o = setmetatable({}, mt)
print(o & 1, 1 & o, o & o)  --> band(obj,1)	band(1,obj)	band(obj,obj)
print(o | 1, 1 | o, o | o)  --> bor(obj,1)	bor(1,obj)	bor(obj,obj)
print(o ~ 1, 1 ~ o, o ~ o)  --> bxor(obj,1)	bxor(1,obj)	bxor(obj,obj)
print(o << 1, 1 << o, o << o)  --> shl(obj,1)	shl(1,obj)	shl(obj,obj)
print(o >> 1, 1 >> o, o >> o)  --> shr(obj,1)	shr(1,obj)	shr(obj,obj)
print(~o)  --> bnot(obj,obj)
print(o & 1.5, "a" | o, o ~ "3", nil << o, o >> {})
--> band(obj,1.5)	bor(a,obj)	bxor(obj,3)	shl(nil,obj)	shr(obj,obj)
print(pcall(function() return setmetatable({}, {}) & 1 end))
--> false	bitwise.lua:17: attempt to perform bitwise operation on a table value
print(pcall(function() return 1.5 | setmetatable({}, {}) end))
--> false	bitwise.lua:19: attempt to perform bitwise operation on a table value
print(pcall(function() return ~setmetatable({}, {}) end))
--> false	bitwise.lua:21: attempt to perform bitwise operation on a table value
