-- error with levels, and values that are not strings.
local function fails(f, ...) print(select(2, pcall(f, ...))) end
local function level(n) error("message", n) end
local function outer(n) level(n) end
local function outermost(n) outer(n) end
fails(level, 0)  --> message
fails(outermost, 1)  --> levels.lua:3: message
fails(outermost, 2)  --> levels.lua:4: message
fails(outermost, 3)  --> levels.lua:5: message
fails(outermost, 50)  --> message
fails(function() error() end)  --> nil
fails(function() error(nil) end)  --> nil
fails(function() error(42) end)  --> 42
fails(function() error(4.5) end)  --> 4.5
fails(function() error(true) end)  --> true
print(type(select(2, pcall(error, {}))), select(2, pcall(error, print)) == print)  --> table	true
fails(error, "direct")  --> direct
fails(error, "direct", 1)  --> direct
fails(error, "direct", 2)  --> levels.lua:2: direct
fails(error)  --> nil
local object = setmetatable({}, { __tostring = function() return "object" end })
print(select(2, pcall(error, object)) == object, select(2, pcall(error, object, 2)) == object)
--> true	true
fails(function() local ok, e = pcall(error, "inner") error(e .. " again", 0) end)  --> inner again
fails(function() assert(false) end)  --> levels.lua:25: assertion failed!
fails(function() assert(nil, "asserted") end)  --> levels.lua:26: asserted
fails(function() assert(false, 5) end)  --> 5
fails(string.rep)  --> bad argument #1 to 'string.rep' (string expected, got no value)
fails(function() string.rep() end)
--> levels.lua:29: bad argument #1 to 'rep' (string expected, got no value)
fails(function() ("x"):rep() end)
--> levels.lua:31: bad argument #1 to 'rep' (number expected, got no value)
