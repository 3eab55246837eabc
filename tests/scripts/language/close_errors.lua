-- Closing with errors: the error goes to __close, and a newer one replaces it.
local function closer(name, problem)
  return setmetatable({}, { __close = function(_, e)
    print("close", name, e)
    if problem then error(problem, 0) end
  end })
end
print(pcall(function()
  local a <close> = closer("a")
  local b <close> = closer("b", "from b")
  local c <close> = closer("c")
  error("from body", 0)
end))
--> close	c	from body
--> close	b	from body
--> close	a	from b
--> false	from b
print(pcall(function()
  local a <close> = closer("a", "from a")
  local b <close> = closer("b", "from b")
  return "lost"
end))
--> close	b	nil
--> close	a	from b
--> false	from a
print(pcall(function()
  local x <close> = closer("x")
  local y <close> = {}
end))
--> close	x	close_errors.lua:28: variable 'y' got a non-closable value
--> false	close_errors.lua:28: variable 'y' got a non-closable value
print(pcall(function() local z <close> = 42 end))
--> false	close_errors.lua:32: variable 'z' got a non-closable value
print(pcall(function()
  local t = setmetatable({}, { __close = function() print("ran") end })
  local v <close> = t
  getmetatable(t).__close = nil
end))  --> false	close_errors.lua:38: attempt to call a nil value (metamethod 'close')
print(pcall(function()
  local ok <close> = closer("ok")
  for i = 1, 3 do
    local each <close> = closer("each " .. i)
    if i == 2 then error(i) end
  end
end))
--> close	each 1	nil
--> close	each 2	2
--> close	ok	2
--> false	2
