--! whole
-- What a function without debug information has in its variables stays when memory is reclaimed.
local function work()
  local list, count = {}, 0
  for i = 1, 40000 do
    local item = {i}
    list[i % 10 + 1] = item
    count = count + #item
  end
  collectgarbage()
  return #list, count
end
local stripped = load(string.dump(work, true))
print(stripped())  --> 10	40000
print(stripped())  --> 10	40000
