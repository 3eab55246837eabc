-- __close: arguments, order, errors; the value may be any that has the metamethod.
local function make(name)
  return setmetatable({ name = name }, { __close = function(self, e) print(self.name, e) end })
end
do local a <close> = make("a") end  --> a	nil
print(pcall(function() local b <close> = make("b") error("oops", 0) end))
--> b	oops
--> false	oops
print(pcall(function() local b <close> = make("b") local x = nil + 1 end))
--> b	close.lua:9: attempt to perform arithmetic on a nil value
--> false	close.lua:9: attempt to perform arithmetic on a nil value
do
  local t = make("reassigned metatable")
  local c <close> = t
  setmetatable(t, { __close = function() print("new one is called") end })  --> new one is called
end
local function f()
  local d <close> = make("d")
  return (function() return "inner result" end)()
end
print(f())
--> d	nil
--> inner result
local function multi()
  local e <close> = make("e")
  return 1, nil, 3
end
print(multi())
--> e	nil
--> 1	nil	3
local co = coroutine.wrap(function()
  local g <close> = make("g")
  coroutine.yield("yielded")
  return "returned"
end)
print(co())  --> yielded
print(co())
--> g	nil
--> returned
local function nested()
  local h <close> = make("h")
  local i <close> = setmetatable({}, { __close = function()
    local j <close> = make("j")
    print("closing i")
  end })
  print("body")
end
nested()
--> body
--> closing i
--> j	nil
--> h	nil
print(select("#", (function() local k <close> = make("k") end)()))
--> k	nil
--> 0
