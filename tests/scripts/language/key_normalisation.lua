-- Float keys with integral values are integer keys; others stay floats.
local t = {}
t[1.0] = "a" t[2] = "b" t[2^53] = "big"
print(t[1], t[2.0], t[1 << 53], #t)  --> a	b	big	2
for k in pairs({ [3.0] = true }) do print(k, math.type(k)) end  --> 3	integer
for k in pairs({ [3.5] = true }) do print(k, math.type(k)) end  --> 3.5	float
t[-0.0] = "zero"
print(t[0], t[0.0], t[-0.0])  --> zero	zero	zero
t["1"] = "string"
print(t[1], t["1"])  --> a	string
t[2^63] = "float key"
print(t[2^63], t[math.maxinteger], t[math.mininteger])  --> float key	nil	nil
t[math.mininteger] = "min"
print(t[-2^63], math.type(next({ [-2^63] = 1 })))  --> min	integer
print(rawget({ [1] = "x" }, 1.0), ({ 10, 20 })[1.0], ({ [1e300] = "huge" })[1e300])  --> x	10	huge
print(t[0/0], t[nil])  --> nil	nil
print(pcall(function() t[0/0] = 1 end))  --> false	key_normalisation.lua:17: table index is NaN
print(pcall(function() t[nil] = 1 end))  --> false	key_normalisation.lua:18: table index is nil
print(pcall(rawset, t, nil, 1))  --> false	table index is nil
print(pcall(rawset, t, 0/0, 1))  --> false	table index is NaN
t[1/0] = "inf" t[-1/0] = "-inf"
print(t[math.huge], t[-math.huge])  --> inf	-inf
