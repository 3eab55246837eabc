-- Floor division and modulo follow the sign of the divisor, for both subtypes.
print(7 // 2, -7 // 2, 7 // -2, -7 // -2)  --> 3	-4	-4	3
print(7 % 2, -7 % 2, 7 % -2, -7 % -2)  --> 1	1	-1	-1
print(7 // 2.0, -7 // 2.0, 7 // -2.0, -7.0 // -2)  --> 3.0	-4.0	-4.0	3.0
print(7 % 2.0, -7 % 2.0, 7 % -2.0, -7.0 % -2)  --> 1.0	1.0	-1.0	-1.0
print(5.5 // 2, -5.5 // 2, 5.5 % 2, -5.5 % 2, 5.5 % -2)  --> 2.0	-3.0	1.5	0.5	-0.5
print(6 % 3, -6 % 3, 6 % -3, 6.0 % -3, -6.0 % 3)  --> 0	0	0	0.0	-0.0
print(1 // 0.0, -1 // 0.0, 0.0 // 1, 1 // math.huge, -1 // math.huge)  --> inf	-inf	0.0	0.0	-0.0
print(1 % math.huge, -1 % math.huge, 1 % -math.huge, -1 % -math.huge)  --> 1.0	inf	-inf	-1.0
print(math.mininteger // -1, math.mininteger % -1, math.mininteger // 1, math.maxinteger // -1)
--> -9223372036854775808	0	-9223372036854775808	-9223372036854775807
print(math.mininteger // math.maxinteger, math.mininteger % math.maxinteger)
--> -2	9223372036854775806
print(0 // 5, 0 % 5, 0 // -5, 0 % -5)  --> 0	0	0	0
local x = 5.3 % 0.0
print(x ~= x)  --> true
for _, a in ipairs { 5, -5, 5.25, -5.25 } do
  for _, b in ipairs { 3, -3, 0.5, -0.5 } do
    assert(a == (a // b) * b + a % b)
  end
end
