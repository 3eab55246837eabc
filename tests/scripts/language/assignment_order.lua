-- In a multiple assignment all expressions are evaluated before any assignment.
local i, t = 1, { 10, 20, 30 }
i, t[i] = i + 1, 99
print(i, t[1], t[2])  --> 2	99	20
local a = { 1, 2, 3 }
local j = 1
j, a[j], a[j + 1] = 2, "x", "y"
print(j, a[1], a[2], a[3])  --> 2	x	y	3
local p, q = { v = 1 }, { v = 2 }
p.v, q.v, p = q.v, p.v, q
print(p.v, q.v)  --> 1	1
local x, y, z = 1, 2, 3
x, y, z = z, x, y
print(x, y, z)  --> 3	1	2
local self = { n = 0 }
local function bump() self.n = self.n + 1 return self.n end
local r = { bump(), bump(), bump() }
print(r[1], r[2], r[3], self.n)  --> 1	2	3	3
local u = { 5 }
u, u[1] = nil, 7
print(u)  --> nil
