-- Concatenation of strings and numbers; it is right associative.
print("a" .. "b" .. "c", 1 .. 2, 1.5 .. "x", -1 .. "", 2^53 .. "", 1e100 .. "")
--> abc	12	1.5x	-1	9.007199254741e+15	1e+100
print(10 .. "", 10.0 .. "", "" .. "" == "", -0.0 .. "", 1/0 .. "", math.mininteger .. "")
--> 10	10.0	true	-0.0	inf	-9223372036854775808
local t = {}
for i = 1, 10 do t[i] = i end
local s = ""
for i = 1, 10 do s = s .. t[i] .. (i < 10 and "," or "") end
print(s)  --> 1,2,3,4,5,6,7,8,9,10
local a, b, c = "x", 2, 3.5
print(a .. b .. c .. a .. b .. c, (a .. b) .. c == a .. (b .. c))  --> x23.5x23.5	true
print("a\0b" .. "c\0d" == "a\0bc\0d", #("a\0b" .. "c"))  --> true	4
local long = ""
for i = 1, 300 do long = long .. "ab" end
print(#long, long:sub(599))  --> 600	ab
print("a" .. 1 + 2 .. "b", "n" .. -1 ^ 2)  --> a3b	n-1.0
