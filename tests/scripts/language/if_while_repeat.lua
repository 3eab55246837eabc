-- if, while, repeat and break.
local function grade(n)
  if n >= 90 then return "A" elseif n >= 80 then return "B" elseif n >= 70 then return "C"
  else return "F" end
end
print(grade(95), grade(85), grade(75), grade(5))  --> A	B	C	F
local i = 0
while i < 5 do
  i = i + 1
  if i == 3 then break end
end
print(i)  --> 3
repeat i = i - 1 until i <= 0
print(i)  --> 0
repeat local done = i > 5; i = i + 1 until done
print(i)  --> 7
while false do print("never") end
repeat print("once") until true  --> once
if nil then print("no") elseif false then print("no") else print("else") end  --> else
if 0 then print("zero is true") end  --> zero is true
if "" then print("empty string is true") end  --> empty string is true
local n, out = 10, {}
while n ~= 1 do
  out[#out + 1] = n
  if n % 2 == 0 then n = n // 2 else n = 3 * n + 1 end
end
print(table.concat(out, " "))  --> 10 5 16 8 4 2
while true do
  while true do break end
  break
end
print("out")  --> out
