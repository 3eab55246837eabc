-- What `string.dump` gives is taken back by `load`, with variables from outside of its own.
local function add(a, b) return a + b end
local text = string.dump(add)
print(type(text), text:sub(1, 4) == "\27Lua", #text > 40) --> string	true	true
print(load(text)(3, 4), load(text, "name", "b")(1, 2)) --> 7	3
print(load(text, "=name", "t")) --> nil	attempt to load a binary chunk (mode is 't')
print(string.dump(add) == text) --> true

-- Variables from outside are not part of it: the first one is the environment.
local count = 5
local function counter() count = count + 1 return count end
local fresh = load(string.dump(counter), "counter", "b", 10)
print(fresh(), fresh(), count) --> 11	12	5

-- It stays when the function goes, whatever is collected.
local made = string.dump(load("return function(...) return select('#', ...), 'a string of some length' end"))
for _ = 1, 3 do collectgarbage() end
print(load(made)()(1, 2, 3)) --> 3	a string of some length
local reader = {made:sub(1, 10), made:sub(11), nil}
local at = 0
print(load(function() at = at + 1 return reader[at] end)()(1)) --> 1	a string of some length

-- Stripped of names and lines.
local function fail(value)
  local inner = function() return value.field end
  return inner()
end
local bare = load(string.dump(fail, true))
collectgarbage()
print(pcall(bare, 5)) --> false	?:-1: attempt to index a number value (upvalue '?')
local info = debug.getinfo(bare, "SlL")
print(info.source, info.short_src, info.linedefined > 0, next(info.activelines)) --> =?	?	true	nil
print(debug.getlocal(bare, 1)) --> nil
print((debug.getupvalue(load(string.dump(counter, true)), 1))) --> (no name)

-- What is cut off or changed is refused.
for length = 1, #text - 1 do
  local made, message = load(text:sub(1, length))
  if made or not message:find("truncated chunk", 1, true) then print(length, message) end
end
for at = 2, 15 do
  local byte = string.char(text:byte(at) ~ 1)
  if load(text:sub(1, at - 1) .. byte .. text:sub(at + 1)) then print("loaded", at) end
end
print(load("\27Lua", "=name")) --> nil	name: bad binary format (truncated chunk)
print(load("\27Luo" .. text:sub(5), "@name")) --> nil	name: bad binary format (not a binary chunk)
print(load("\27Lua\x53" .. text:sub(6))) --> nil	binary string: bad binary format (version mismatch)

print(pcall(string.dump, print)) --> false	unable to dump given function
print(pcall(string.dump)) --> false	bad argument #1 to 'string.dump' (function expected, got no value)
