-- Every conversion of `os.date`, with modifiers, and those that there are none of.
local moment = 1700000000
local function show(prefix, letters)
  local parts = {}
  for letter in letters:gmatch(".") do
    parts[#parts + 1] = letter .. "=" .. os.date("!%" .. prefix .. letter, moment)
  end
  print(table.concat(parts, "|"))
end
show("", "aAbBcCdDeF")
--> a=Tue|A=Tuesday|b=Nov|B=November|c=Tue Nov 14 22:13:20 2023|C=20|d=14|D=11/14/23|e=14|F=2023-11-14
show("", "gGhHIjmMp")  --> g=23|G=2023|h=Nov|H=22|I=10|j=318|m=11|M=13|p=PM
show("", "rRStTuUVwWxX")
--> r=10:13:20 PM|R=22:13|S=20|t=	|T=22:13:20|u=2|U=46|V=46|w=2|W=46|x=11/14/23|X=22:13:20
show("", "yYzZ%")  --> y=23|Y=2023|z=+0000|Z=GMT|%=%
show("E", "cCxXyY")  --> c=Tue Nov 14 22:13:20 2023|C=20|x=11/14/23|X=22:13:20|y=23|Y=2023
show("O", "deHImMSuUVwWy")  --> d=14|e=14|H=22|I=10|m=11|M=13|S=20|u=2|U=46|V=46|w=2|W=46|y=23
for _, wrong in ipairs { "E", "O", "Q", "Ez", "Oc", "", "k", "5" } do
  print(select(2, pcall(os.date, "!%" .. wrong, moment)))
--> bad argument #1 to 'os.date' (invalid conversion specifier '%E')
--> bad argument #1 to 'os.date' (invalid conversion specifier '%O')
--> bad argument #1 to 'os.date' (invalid conversion specifier '%Q')
--> bad argument #1 to 'os.date' (invalid conversion specifier '%Ez')
--> bad argument #1 to 'os.date' (invalid conversion specifier '%Oc')
--> bad argument #1 to 'os.date' (invalid conversion specifier '%')
--> bad argument #1 to 'os.date' (invalid conversion specifier '%k')
--> bad argument #1 to 'os.date' (invalid conversion specifier '%5')
end
-- Fields are normalised, and what is out of range is said.
local time = { year = 2024, month = 14, day = -3, hour = 25, min = 61, sec = -5 }
print(os.time(time) ~= nil, time.year, time.month, time.day, time.hour, time.min, time.sec)
--> true	2025	1	29	2	0	55
print(pcall(os.time, { year = 2024 }))  --> false	field 'month' missing in date table
print(pcall(os.time, { year = 1e100, month = 1, day = 1 }))
--> false	field 'year' is not an integer
print(pcall(os.time, { year = 1 << 40, month = 1, day = 1 }))
--> false	field 'year' is out-of-bound
print(pcall(os.time, { year = 2024, month = "x", day = 1 }))
--> false	field 'month' is not an integer
print(pcall(os.time, { year = 2024, month = 1.5, day = 1 }))
--> false	field 'month' is not an integer
print(pcall(os.date, "*t", 1 << 60))
--> false	date result cannot be represented in this installation
print(pcall(os.date, "%Y", "x"))
--> false	bad argument #2 to 'os.date' (number expected, got string)
print(pcall(os.date, {}))  --> false	bad argument #1 to 'os.date' (string expected, got table)
