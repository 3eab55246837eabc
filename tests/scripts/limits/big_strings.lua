-- Sizes that cannot be had are refused before any memory is asked for.
print(pcall(string.rep, "abc", math.maxinteger))  --> false	resulting string too large
print(pcall(string.rep, "abc", math.maxinteger // 2, "sep"))  --> false	resulting string too large
print(#("x"):rep(1000000), #("ab"):rep(100000, ","))  --> 1000000	299999
local line = ("y"):rep(1000000)
print(#line:upper(), #line:reverse(), line:find("z", 1, true), #line:sub(10),
  line == ("y"):rep(1000000))  --> 1000000	1000000	nil	999991	true
print(select("#", load("return '" .. line .. "'")()), #load("return '" .. line .. "'")())
--> 1	1000000
print(pcall(table.unpack, {}, 1, 1e7))  --> false	too many results to unpack
print(#table.concat({ line, line }))  --> 2000000
