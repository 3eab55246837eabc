-- __close may yield, when a block ends normally and when it ends by an error.
local function closer(name)
  return setmetatable({}, { __close = function(_, e)
    print("closing", name, e, coroutine.yield("from " .. name))
  end })
end
local co = coroutine.wrap(function()
  do
    local a <close> = closer("a")
  end
  local ok, e = pcall(function()
    local b <close> = closer("b")
    local c <close> = closer("c")
    error("oops", 0)
  end)
  print(ok, e)
  local function f()
    local d <close> = closer("d")
    return "value", 2
  end
  print(f())
  for _ = 1, 1 do
    local e <close> = closer("e")
    break
  end
  return "end"
end)
print(co())  --> from a
print(co("r1"))
--> closing	a	nil	r1
--> from c
print(co("r2"))
--> closing	c	oops	r2
--> from b
print(co("r3"))
--> closing	b	oops	r3
--> false	oops
--> from d
print(co("r4"))
--> closing	d	nil	r4
--> value	2
--> from e
print(co("r5"))
--> closing	e	nil	r5
--> end
