-- Objects with methods, fields and three levels of inheritance through __index.
-- quick size: 10
local n = tonumber(arg and arg[1]) or 2000000

local function class(parent)
  local c = setmetatable({}, parent and { __index = parent })
  c.__index = c
  return c
end

local Shape = class()
function Shape.new(c, size) return setmetatable({ size = size, moved = 0 }, c) end
function Shape:move(distance) self.moved = self.moved + distance return self end
function Shape:area() return 0 end
function Shape:describe() return self:area() + self.moved end

local Square = class(Shape)
function Square:area() return self.size * self.size end

local Box = class(Square)
function Box:area() return 6 * Square.area(self) end
function Box:volume() return self.size * self:area() - 6 end

local Counter = class()
function Counter:get() return self.value end
function Counter:set(value) self.value = value end
function Counter:increment() self:set(self:get() + 1) end

local shapes = { Shape:new(3), Square:new(4), Box:new(5) }
local total = 0
for i = 1, n do
  local shape = shapes[i % 3 + 1]
  total = total + shape:move(1):describe()
end
print(total, shapes[3]:volume())

local counter = setmetatable({ value = 0 }, Counter)
for _ = 1, n do counter:increment() end
print(counter:get())
