-- Integers and floats compare by their exact values.
print(1 == 1.0, 1 < 1.5, 2 > 1.5, 1 <= 1.0, 1 >= 1.0, -1 < -0.5)  --> true	true	true	true	true	true
local big = 2^53
print(2^53 == 2^53 + 1, (1 << 53) + 1 == 2^53, (1 << 53) + 1 > 2^53, (1 << 53) + 1 <= 2^53)
--> true	false	true	false
print(math.maxinteger + 0.0 == 2^63, math.maxinteger < 2^63, math.maxinteger == 2^63)
--> true	true	false
print(math.mininteger == -2^63, math.mininteger <= -2^63, math.mininteger < -2^63)
--> true	true	false
print(math.maxinteger < math.huge, math.mininteger > -math.huge, math.maxinteger >= 2^63)
--> true	true	false
print(9223372036854775807 < 9223372036854775807.0, 9223372036854775806 < 9223372036854774784.0)
--> true	false
local nan = 0/0
print(nan == nan, nan ~= nan, nan < nan, nan <= nan, nan > 1, nan < 1, 1 <= nan, 1 >= nan)
--> false	true	false	false	false	false	false	false
print(1 < nan, math.maxinteger < nan, nan < math.mininteger, not (nan < 1), not (1 < nan))
--> false	false	false	true	true
print(0 == -0.0, 1 == "1", 0 == false, 1 ~= 1.0)  --> true	false	false	false
print(5 < 3.9, 5 <= 5.1, -5 > -5.1, 3 < 3.0000000001, 3 <= 2.9999)  --> false	true	true	true	false
