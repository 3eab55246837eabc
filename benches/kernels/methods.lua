-- Method calls on an object whose class inherits from another.
local Base = {}
Base.__index = Base
function Base:get() return self.value end

local Counter = setmetatable({}, {__index = Base})
Counter.__index = Counter
function Counter:add(step) self.value = (self.value + step) & 0xFFFFFF end

return function(n)
  local counter = setmetatable({value = 0}, Counter)
  local sum = 0
  for i = 1, n do
    counter:add(i)
    sum = sum ~ counter:get()
  end
  return sum
end
