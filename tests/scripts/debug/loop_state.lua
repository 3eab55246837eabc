--! fuel = 1000000
-- The hidden variables of a numeric loop stay numbers, whoever sets them: the loop looks at no
-- types once it runs. In PUC Lua it goes on with addresses (docs/language.md), hence the fuel.
local function write(value) io.write(tostring(value), " ") end
for i = 1, 3 do
  for number = 2, 4 do
    write(debug.setlocal(1, number, {}))
    write(debug.setlocal(1, number, "x"))
  end
  print(i, debug.setlocal(1, 5, "new"), i)
end
--> nil nil nil nil nil nil 1	i	new
--> nil nil nil nil nil nil 2	i	new
--> nil nil nil nil nil nil 3	i	new
for i = 0.5, 2 do print(i, debug.setlocal(1, 3, nil)) end
--> 0.5	nil
--> 1.5	nil

-- Numbers may be put there.
for i = 1, 100 do
  io.write(i, " ")
  if i == 3 then print(debug.setlocal(1, 3, 0)) end
end                                                      --> 1 2 3 (for state)

-- Inside each other, on another thread, without names, and from a finalizer or a hook.
local function loops()
  local sum = 0
  for a = 1, 2 do
    for b = 1, 2 do
      coroutine.yield()
      sum = sum + 1
    end
  end
  return sum
end
for _, f in ipairs { loops, load(string.dump(loops, true)) } do
  local co = coroutine.create(f)
  coroutine.resume(co)
  for _, number in ipairs { 2, 3, 4, 6, 7, 8 } do
    if debug.setlocal(co, 1, number, {}) then print("set", number) end
  end
  local rounds = 0
  while coroutine.status(co) ~= "dead" do
    local _, sum = coroutine.resume(co)
    rounds = rounds + 1
    if sum then print(rounds, sum) end
  end
end
--> 4	4
--> 4	4
local steps, hooked = 0, nil
debug.sethook(function()
  if debug.getinfo(2, "f").func ~= hooked then return end
  steps = steps + 1
  for number = 3, 5 do
    if steps > 10 then debug.setlocal(2, number, print) end
  end
end, "", 1)
function hooked(from)
  local sum = 0
  for i = from, 20 do sum = sum + i end
  return sum
end
local sum = hooked(1)
debug.sethook()
print(sum)                                               --> 210
local function finalized()
  for i = 1, 50 do
    setmetatable({}, { __gc = function()
      for level = 3, 4 do
        for number = 1, 3 do pcall(debug.setlocal, level, number, {}) end
      end
    end })
    collectgarbage()
  end
end
finalized()

-- A generic loop takes what it is given.
local function generic()
  for key, value in next, { 1, 2 } do
    print(key, value, debug.setlocal(1, 3, nil))
    if value == 2 then break end
    return generic
  end
end
print(generic() == generic)
--> 1	1	(for state)
--> true
