-- __gc and __mode are accepted; nothing here depends on when anything is collected.
local weak = setmetatable({}, { __mode = "k" })
local key = {}
weak[key] = "kept while the key lives"
print(weak[key], getmetatable(weak).__mode)  --> kept while the key lives	k
local values = setmetatable({ 1, "two", 3.5 }, { __mode = "v" })
print(values[1], values[2], values[3])  --> 1	two	3.5
local o = setmetatable({}, { __gc = function() end })
print(getmetatable(o).__gc ~= nil)  --> true
print((pcall(setmetatable, {}, { __gc = 5 })))  --> true
