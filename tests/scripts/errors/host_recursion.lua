-- Host functions that call Lua functions that call host functions: an error, never a crash.
local function ending(f, ...)
  local ok, message = pcall(f, ...)
  print(ok, message)
end
local function gsub(s) return (s:gsub(".", gsub)) end
ending(gsub, "abc")  --> false	C stack overflow
local function sort(a, b)
  table.sort({ 1, 2, 3 }, sort)
  return a < b
end
ending(sort, 1, 2)  --> false	C stack overflow
local shown = setmetatable({}, {})
getmetatable(shown).__tostring = function(value) return tostring(value) end
ending(tostring, shown)  --> false	C stack overflow
ending(string.format, "%s", shown)  --> false	C stack overflow
local source = function() end
source = function() return load(source) and nil end
print(load(source) ~= nil)  --> true
local length = setmetatable({}, {})
getmetatable(length).__len = function(value) return table.unpack(value) end
ending(table.unpack, length)  --> false	C stack overflow
