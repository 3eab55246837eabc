-- Endless recursion ends in a catchable error that names a stack overflow.
local function has(e, text) return type(e) == "string" and e:find(text, 1, true) ~= nil end
local function recurse() return 1 + recurse() end
local ok, e = pcall(recurse)
print(ok, has(e, "stack overflow"))  --> false	true
local function mutual_a() return (mutual_b()) end
function mutual_b() return (mutual_a()) end
ok, e = pcall(mutual_a)
print(ok, has(e, "stack overflow"))  --> false	true
local t = setmetatable({}, { __add = function(a, b) return a + b end })
ok, e = pcall(function() return t + 1 end)
print(ok, type(e))  --> false	string
local s = setmetatable({}, { __tostring = function(self) return tostring(self) end })
ok, e = pcall(tostring, s)
print(ok, type(e))  --> false	string
local depth = 0
local function count() depth = depth + 1 return (count()) end
pcall(count)
print(depth > 1000)  --> true
print(pcall(recurse) == false, "still alive")  --> true	still alive
local co = coroutine.create(recurse)
ok, e = coroutine.resume(co)
print(ok, has(e, "stack overflow"), coroutine.status(co))  --> false	true	dead
