-- Fields whose names are longer than the strings that need no memory: found, inherited, set, called,
-- absent, and where a metamethod is to be asked.
local key = "a_name_of_twenty_byt"
local class = { a_name_of_fifteen = "of the class" }
class.__index = class
function class:what_the_object_is_called() return "called " .. self.its_name_in_the_object end

local object = setmetatable({ its_name_in_the_object = "one" }, class)
print(object.its_name_in_the_object, object:what_the_object_is_called())
print(object.a_name_of_fifteen, object.a_name_that_nobody_has)
object.a_name_of_fifteen = "its own"
print(object.a_name_of_fifteen, class.a_name_of_fifteen)
object.a_name_of_fifteen = nil
print(object.a_name_of_fifteen, rawget(object, "a_name_of_fifteen"))

-- The same name is another string object where it is made anew.
local plain = {}
plain[("a_name_of_"):rep(1) .. "twenty_byt"] = 1
print(plain.a_name_of_twenty_byt, plain[key], plain.a_name_of_twenty_bytes)
plain.a_name_of_twenty_byt = plain.a_name_of_twenty_byt + 1
print(plain[key], next(plain))

-- Longer chains, and a function at their end.
local base = setmetatable({}, { __index = function(_, name) return "made " .. name end })
local chain = base
for depth = 1, 20 do
  chain = setmetatable({ ["a_name_at_the_depth_" .. depth] = depth }, { __index = chain })
end
print(chain.a_name_at_the_depth_20, chain.a_name_at_the_depth_5, chain.a_name_at_the_depth_1)
print(chain.a_name_at_the_depth_0)

-- Metamethods see what is new, and only that.
local log = {}
local watched = setmetatable({ what_was_there_before = 1 }, {
  __newindex = function(t, name, value)
    log[#log + 1] = name
    rawset(t, name, value)
  end,
})
watched.what_was_there_before = 2
watched.what_was_not_there_before = 3
watched.what_was_not_there_before = 4
print(table.concat(log, " "), watched.what_was_there_before, watched.what_was_not_there_before)

-- A method that becomes another one, and an object that becomes the method's place.
local self_at_once = { give_back_the_object = function(self) return self end }
print(self_at_once:give_back_the_object() == self_at_once)
class.what_the_object_is_called = function() return "another" end
print(object:what_the_object_is_called())
class.what_the_object_is_called = nil
print(pcall(function() return object:what_the_object_is_called() end))
print(pcall(function() return key.a_name_that_no_string_has end))
print(pcall(function() local nothing; return nothing.a_name_that_nothing_has end))
print(pcall(function() local nothing; nothing.a_name_that_nothing_has = 1 end))

-- Names around the length from which comparing them is charged for.
for _, length in ipairs { 14, 15, 16, 1023, 1024, 5000 } do
  local name = ("n"):rep(length)
  local get = load("local t = ... return t." .. name)
  local set = load("local t = ... t." .. name .. " = " .. length)
  local t = {}
  set(t)
  print(length, get(t), get {}, get(setmetatable({}, { __index = t })))
end
--> one	called one
--> of the class	nil
--> its own	of the class
--> of the class	nil
--> 1	1	nil
--> 2	a_name_of_twenty_byt	2
--> 20	5	1
--> made a_name_at_the_depth_0
--> what_was_not_there_before	2	4
--> true
--> another
--> false	long_names.lua:51: attempt to call a nil value (method 'what_the_object_is_called')
--> true	nil
--> false	long_names.lua:53: attempt to index a nil value (local 'nothing')
--> false	long_names.lua:54: attempt to index a nil value (local 'nothing')
--> 14	14	nil	14
--> 15	15	nil	15
--> 16	16	nil	16
--> 1023	1023	nil	1023
--> 1024	1024	nil	1024
--> 5000	5000	nil	5000
