-- Loops of metatables end with an error instead of running for ever.
local a, b = {}, {}
setmetatable(a, { __index = b })
setmetatable(b, { __index = a })
print(pcall(function() return a.x end))
--> false	chains_and_loops.lua:5: '__index' chain too long; possible loop
setmetatable(a, { __newindex = b })
setmetatable(b, { __newindex = a })
print(pcall(function() a.x = 1 end))
--> false	chains_and_loops.lua:9: '__newindex' chain too long; possible loop
local self = {}
setmetatable(self, { __index = self })
print(pcall(function() return self.x end))
--> false	chains_and_loops.lua:13: '__index' chain too long; possible loop
local deep = { value = "bottom" }
for _ = 1, 100 do deep = setmetatable({}, { __index = deep }) end
print(deep.value, deep.other)  --> bottom	nil
local late = setmetatable({}, {})
print(late.x)  --> nil
getmetatable(late).__index = function(_, k) return "now " .. k end
print(late.x)  --> now x
getmetatable(late).__index = nil
print(late.x)  --> nil
getmetatable(late).__call = function() return "callable now" end
print(late())  --> callable now
