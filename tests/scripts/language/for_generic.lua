-- Generic for: iterator, state, control variable, and a fourth value to close.
local function iter(state, control)
  if control < state then return control + 1, control * control end
end
for i, square in iter, 3, 0 do print(i, square) end
--> 1	0
--> 2	1
--> 3	4
local log = {}
local guard = setmetatable({}, { __close = function() log[#log + 1] = "closed" end })
for i in iter, 2, 0, guard do log[#log + 1] = i end
for i in iter, 5, 0, guard do if i == 2 then break end end
print(table.concat(log, " "))  --> 1 2 closed closed
print(pcall(function()
  for i in iter, 5, 0, guard do error("in body", 0) end
end))  --> false	in body
print(#log)  --> 5
for k, v, extra in next, { a = 1 } do print(k, v, extra) end  --> a	1	nil
for w in ("a b c"):gmatch("%a") do io.write(w, ";") end
print()  --> a;b;c;
for a, b, c, d in function(s, x) if not x then return 1, 2, 3 end end do print(a, b, c, d) end
--> 1	2	3	nil
local callable = setmetatable({}, { __call = function(self, s, c)
  c = (c or 0) + 1
  if c <= 2 then return c end
end })
for i in callable do print("callable", i) end
--> callable	1
--> callable	2
for i, v in ipairs({ 1, 2, nil, 4 }) do io.write(i, "=", v, ";") end
print()  --> 1=1;2=2;
for k in pairs({}) do print("never", k) end
local fs = {}
for i in iter, 3, 0 do fs[i] = function() i = i + 1 return i end end
print(fs[1](), fs[1](), fs[2](), fs[3]())  --> 2	3	3	4
for i in iter, 2, 0 do local j = i i = 50 io.write(j, ";") end
print()  --> 1;2;
