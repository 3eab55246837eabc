-- Limits of the compiler: 200 locals, 255 upvalues, many constants.
local function locals(n)
  local names = {}
  for i = 1, n do names[i] = "v" .. i end
  return "local " .. table.concat(names, ",") .. " = 1, 2; return v1"
end
print(load(locals(200), "=many")())  --> 1
print(load(locals(201), "=many"))
--> nil	many:1: too many local variables (limit is 200) in main function near '='
local parts = {}
for i = 1, 256 do parts[i] = "local a" .. i end
print(load(table.concat(parts, "\n"), "=lines"))
--> nil	lines:202: too many local variables (limit is 200) in main function near 'local'
local constants = {}
for i = 1, 1000 do constants[i] = "'s" .. i .. "'" end
local t = load("return {" .. table.concat(constants, ",") .. "}")()
print(#t, t[1], t[1000])  --> 1000	s1	s1000
local numbers = {}
for i = 1, 1000 do numbers[i] = i + 0.5 end
t = load("return {" .. table.concat(numbers, ",") .. "}")()
print(#t, t[300], t[1000])  --> 1000	300.5	1000.5
local sum = {}
for i = 1, 500 do sum[i] = "x" end
print(load("local x = 2 return " .. table.concat(sum, " + "))())  --> 1000
