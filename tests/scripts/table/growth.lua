-- Tables that grow, shrink and mix parts keep their contents.
local t = {}
for i = 1, 2000 do t[i] = i end
for i = 1, 2000 do t["k" .. i] = -i end
local sum = 0
for _, v in pairs(t) do sum = sum + v end
print(#t, sum)  --> 2000	0
for i = 2000, 1001, -1 do t[i] = nil end
print(#t, t[1000], t[1001], t.k2000)  --> 1000	1000	nil	-2000
for i = 1, 2000 do t["k" .. i] = nil end
local n = 0
for _ in pairs(t) do n = n + 1 end
print(n)  --> 1000
local r = {}
for i = 100, 1, -1 do r[i] = i end
print(#r, r[1], r[100])  --> 100	1	100
local s = {}
for i = 1, 1000 do s[i * i] = i end
n = 0
for k, v in pairs(s) do n = n + (k == v * v and 1 or 0) end
print(n, s[1000000], s[999999])  --> 1000	1000	nil
local f = {}
for i = 1, 100 do f[i / 4] = i end
print(#f, f[0.25], f[25], f[25.0])  --> 25	1	100	100
local q, head, tail = {}, 1, 0
for i = 1, 5000 do
  tail = tail + 1
  q[tail] = i
  if i % 3 ~= 0 then q[head] = nil head = head + 1 end
end
print(tail - head + 1, q[head], q[tail], q[head - 1])  --> 1666	3335	5000	nil
local b = { [true] = 1, [false] = 2, [1.5] = 3, [print] = 4, [b or "none"] = 5 }
print(b[true], b[false], b[1.5], b[print], b.none)  --> 1	2	3	4	5
local neg = {}
for i = -50, 50 do neg[i] = i end
print(#neg, neg[-50], neg[0], neg[50])  --> 50	-50	0	50
