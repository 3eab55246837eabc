-- Of several borders of a table with a hole, the one is found that PUC Lua finds: where a list
-- begins, it takes in no key behind a gap.
local t = {}
t[4] = 1
t[1] = 3
print(#t) --> 1
table.insert(t, 2)
print(#t, t[2], t[4]) --> 4	2	1

t = { kind = "list", x = 1, y = 2 }
t[3] = 1
table.insert(t, "one")
table.insert(t, "two")
print(t[1], t[2], t[3]) --> one	two	1

t = { kind = "list", x = 1, y = 2 }
for i = 1, 20, 2 do
  t[i] = i
end
print(#t) --> 1

-- Slots that were asked for are in the list, as long as it does not grow.
print(#table.pack(nil, nil, nil, 4)) --> 4
t = { 1, nil, nil, nil }
t[4] = 4
print(#t) --> 4
