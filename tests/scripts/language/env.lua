-- _ENV: globals are fields of it, and it can be replaced or shadowed.
x = 1
print(_ENV.x, _ENV == _G)  --> 1	true
do
  local _ENV = { print = print }
  x = 2
  print(x, _ENV.x)  --> 2	2
end
print(x)  --> 1
local function with(_ENV) return a + b end
print(with { a = 1, b = 2 })  --> 3
local function set(env) local _ENV <const> = env y = "set" end
local e = {}
set(e)
print(e.y, y)  --> set	nil
local sandbox = setmetatable({}, { __index = _G })
local f = load("z = 5; return z, print ~= nil", "chunk", "t", sandbox)
print(f())  --> 5	true
print(z, sandbox.z)  --> nil	5
print(pcall(load("local _ENV = nil; return x", "=e")))
--> false	e:1: attempt to index a nil value (local '_ENV')
print(pcall(load("local _ENV = {}; return x.y", "=e")))
--> false	e:1: attempt to index a nil value (global 'x')
local print = print
local _ENV = {}
v = 3
print(v, _ENV.v)  --> 3	3
