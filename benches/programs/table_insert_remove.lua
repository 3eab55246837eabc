-- table.insert, remove, move, unpack and concat on stacks and queues.
-- quick size: 10
local n = tonumber(arg and arg[1]) or 450000
local insert, remove, move, unpack = table.insert, table.remove, table.move, table.unpack or unpack

local stack, sum = {}, 0
for i = 1, n * 3 do
  insert(stack, i)
  if i % 3 == 0 then sum = sum + remove(stack) + remove(stack) end
end
print(#stack, sum)
while #stack > 0 do sum = sum + remove(stack) end
print(sum)

local queue, served = {}, 0
for i = 1, n do
  insert(queue, i)
  if #queue > 40 then served = served + remove(queue, 1) end
  if i % 8 == 0 then insert(queue, 3, -i) end
  if i % 8 == 4 then served = served + remove(queue, math.floor(#queue / 2)) end
end
print(#queue, served)

local window, moved = {}, 0
for i = 1, 64 do window[i] = i end
for i = 1, n / 4 do
  move(window, 2, 64, 1)
  window[64] = i
  local a, b, c = unpack(window, 31, 33)
  moved = moved + a - b + c
end
print(moved, #table.concat(window, " "))
