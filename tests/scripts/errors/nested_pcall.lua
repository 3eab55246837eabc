-- Protected calls in protected calls; errors in handlers; state afterwards.
print(pcall(pcall, error, "x"))  --> true	false	x
print(pcall(pcall))  --> false	bad argument #1 to 'pcall' (value expected)
print(pcall(function()
  local ok, e = pcall(error, "inner", 0)
  error("outer after " .. e, 0)
end))  --> false	outer after inner
print(select("#", pcall(function() return nil, nil end)))  --> 3
print(xpcall(function() error("a", 0) end, function(e) return e .. " handled", "dropped" end))
--> false	a handled
print(xpcall(function(...) return select("#", ...), ... end, print, 1, nil, 3))  --> true	3	1	nil	3
print(xpcall(function() local x = nil; x() end, function(e) return "got: " .. e end))
--> false	got: nested_pcall.lua:12: attempt to call a nil value (local 'x')
print(xpcall(function() error("first", 0) end, function(e)
  local ok, inner = pcall(error, "in handler", 0)
  return e .. "+" .. inner
end))  --> false	first+in handler
print(xpcall(error, function(e) return type(e) end, {}))  --> false	table
print(xpcall(error, function(e) return e end))  --> false	nil
print(pcall(xpcall))  --> false	bad argument #2 to 'xpcall' (function expected, got no value)
print(pcall(xpcall, print))  --> false	bad argument #2 to 'xpcall' (function expected, got no value)
local depth = 0
local function recurse() depth = depth + 1 local ok, e = pcall(depth < 50 and recurse or error, "bottom") return ok, e end
print(recurse())  --> true	true
print(xpcall(function() return xpcall(error, function(e) return "inner " .. e end, "x") end,
  function(e) return "outer " .. e end))  --> true	false	inner x
print(pcall(error, "msg", 0))  --> false	msg
for i = 1, 3 do
  local ok, e = pcall(function() if i == 2 then error("two", 0) end return i end)
  print(ok, e)
  --> true	1
  --> false	two
  --> true	3
end
