-- Classes by metatables: constructors, inheritance, super calls, operators.
local Animal = {}
Animal.__index = Animal
function Animal.new(class, name) return setmetatable({ name = name }, class) end
function Animal:speak() return self.name .. " makes a sound" end
function Animal:kind() return "animal" end
local Dog = setmetatable({}, { __index = Animal })
Dog.__index = Dog
Dog.__tostring = function(self) return "Dog(" .. self.name .. ")" end
Dog.__eq = function(a, b) return a.name == b.name end
function Dog:speak() return Animal.speak(self) .. ": woof" end
local a, d = Animal:new("Generic"), Dog:new("Rex")
print(a:speak(), a:kind())  --> Generic makes a sound	animal
print(d:speak(), d:kind(), d)  --> Rex makes a sound: woof	animal	Dog(Rex)
print(d == Dog:new("Rex"), d == Dog:new("Max"))  --> true	false
local Vector = {}
Vector.__index = Vector
local function vec(x, y) return setmetatable({ x = x, y = y }, Vector) end
Vector.__add = function(p, q) return vec(p.x + q.x, p.y + q.y) end
Vector.__mul = function(p, q)
  if type(p) == "number" then return vec(p * q.x, p * q.y) end
  if type(q) == "number" then return vec(p.x * q, p.y * q) end
  return p.x * q.x + p.y * q.y
end
Vector.__unm = function(p) return vec(-p.x, -p.y) end
Vector.__tostring = function(p) return "(" .. p.x .. ", " .. p.y .. ")" end
Vector.__len = function() return 2 end
Vector.__call = function(p, scale) return p * scale end
print(vec(1, 2) + vec(3, 4), 2 * vec(1, 2), vec(1, 2) * 2, vec(1, 2) * vec(3, 4), -vec(1, 2),
  #vec(0, 0))  --> (4, 6)	(2, 4)	(2, 4)	11	(-1, -2)	2
print(vec(1, 2)(10), tostring(vec(0.5, 1) + vec(0.5, 1)))  --> (10, 20)	(1.0, 2)
function Animal:late() return "added later" end
print(d:late())  --> added later
Dog.speak = nil
print(d:speak())  --> Rex makes a sound
