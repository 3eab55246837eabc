-- goto: continue, nested breaks, backward jumps, fresh locals per turn.
for i = 1, 4 do
  if i % 2 == 0 then goto continue end
  print("odd", i)
  --> odd	1
  --> odd	3
  ::continue::
end
for i = 1, 3 do
  for j = 1, 3 do
    if i * j == 4 then goto out end
    print(i, j)
    --> 1	1
    --> 1	2
    --> 1	3
    --> 2	1
  end
end
::out::
do
  local k = 0
  ::top::
  k = k + 1
  if k < 3 then goto top end
  print("k", k)  --> k	3
end
local closures = {}
do
  local i = 1
  ::again::
  local x = i * 10
  closures[i] = function() x = x + 1 return x end
  i = i + 1
  if i <= 3 then goto again end
end
print(closures[1](), closures[2](), closures[3](), closures[1]())  --> 11	21	31	12
do goto done; local unused; ::done:: end
do
  goto inner
  ::inner::
end
local n = 0
while true do
  n = n + 1
  if n > 5 then goto finished end
  if n == 2 then goto next_turn end
  print("n", n)
  --> n	1
  --> n	3
  --> n	4
  --> n	5
  ::next_turn::
end
::finished:: print("finished", n)  --> finished	6
