-- To-be-closed variables close in reverse order, however the block ends.
local function closer(name)
  return setmetatable({}, { __close = function(_, e) print("close", name, e) end })
end
do
  local a <close> = closer("a")
  local b <close> = closer("b")
  print("block")
end
for i = 1, 2 do
  local c <close> = closer("loop " .. i)
  if i == 2 then break end
end
local function early()
  local d <close> = closer("d")
  do
    local e <close> = closer("e")
    return "result", d ~= nil
  end
end
print(early())
do
  local n = 0
  ::again::
  local g <close> = closer("goto " .. n)
  n = n + 1
  if n < 3 then goto again end
end
local function values()
  local h <close> = closer("h")
  return 1, 2, 3
end
print(values())
print((function(...)
  local v <close> = closer("vararg")
  return ...
end)("x", "y"))
local w = 0
while true do
  local k <close> = closer("while " .. w)
  w = w + 1
  if w == 2 then break end
end
repeat
  local last <close> = closer("repeat")
until true

--> block
--> close	b	nil
--> close	a	nil
--> close	loop 1	nil
--> close	loop 2	nil
--> close	e	nil
--> close	d	nil
--> result	true
--> close	goto 0	nil
--> close	goto 1	nil
--> close	goto 2	nil
--> close	h	nil
--> 1	2	3
--> close	vararg	nil
--> x	y
--> close	while 0	nil
--> close	while 1	nil
--> close	repeat	nil
