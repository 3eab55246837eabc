-- Folding must not change results nor hide errors.
print(2 + 3 * 4, 2^10, 7 // 2, 7 % 3, 1 << 10, ~5, -(-3), 0xff & 0x0f)
--> 14	1024.0	3	1	1024	-6	3	15
print(1 / 0, -1 / 0, 0.0 / 1, -0.0, 0 * -1.0, 3 - 3.0)  --> inf	-inf	0.0	-0.0	-0.0	0.0
print(pcall(load("return 1 // 0", "=f")))  --> false	f:1: attempt to divide by zero
print(pcall(load("return 1 % 0", "=f")))  --> false	f:1: attempt to perform 'n%0'
print(pcall(load("return 1.5 & 1", "=f")))  --> false	f:1: number has no integer representation
print(pcall(load("return 'a' + 1", "=f")))  --> false	f:1: attempt to add a 'string' with a 'number'
print(pcall(load("return -{}", "=f")))
--> false	f:1: attempt to perform arithmetic on a table value
print(1 // 0.0, 1 % 0.0 ~= 1 % 0.0, 2^63 == math.maxinteger + 1.0)  --> inf	true	true
print("a" .. "b" == "ab", 1 == 1.0, 2 < 3, not 1, not nil)  --> true	true	true	false	true
print(math.mininteger // -1, 1 << 64, 5 // -2, 5 % -2, -5 // 2)  --> -9223372036854775808	0	-3	-1	-3
local function f() return 10 - 3, 10.0 / 4, 3 | 4 end
print(f())  --> 7	2.5	7
print(1e308 + 1e308, -1e308 - 1e308, 0x7fffffffffffffff + 1)  --> inf	-inf	-9223372036854775808
