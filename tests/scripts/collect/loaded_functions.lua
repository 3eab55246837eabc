--! whole
--! memory = 2m
-- Functions that `load` makes go when nothing refers to them, and neither to their constants.
local function text(i)
  return "local up = ... return function() return up, 'a constant of function " .. i .. "' end"
end
local kept, strings, weak = {}, {}, setmetatable({}, {__mode = "kv"})
for i = 1, 30000 do
  local inner = load(text(i), "=chunk")(i)
  if i % 3000 == 0 then
    kept[#kept + 1] = inner
    strings[#strings + 1] = select(2, inner())
    weak[i] = inner
  elseif i % 3000 == 1 then
    -- Only the constant is kept, as a value and as a key.
    local _, constant = inner()
    strings[constant] = i
    weak[i] = inner
  end
end
collectgarbage()
for i, inner in ipairs(kept) do
  local up, constant = inner()
  assert(up == i * 3000 and constant == strings[i], i)
  assert(constant == "a constant of function " .. up)
end
local count = 0
for key, value in pairs(strings) do
  if type(key) == "string" then
    assert(key == "a constant of function " .. value)
    count = count + 1
  end
end
print(#kept, count)  --> 10	10
count = 0
for _ in pairs(weak) do count = count + 1 end
print(count)  --> 10

-- One that runs, one in a suspended coroutine, and one whose tail call is under way.
local run = load("collectgarbage() local t = {'a long text in the function'} collectgarbage() return t[1]")
print(run())  --> a long text in the function
local co = coroutine.wrap(load("local x = 'another long text in it' coroutine.yield() return x"))
co()
run = nil
for i = 1, 100 do load(text(i)) end
collectgarbage()
print(co())  --> another long text in it
print(load("return load('collectgarbage() return [[the text of the inner one]]')()")())
--> the text of the inner one
print(select("#", load("this is no function")))  --> 2
collectgarbage()
