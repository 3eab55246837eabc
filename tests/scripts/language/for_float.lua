-- Numeric for with floats: any float among start and step makes a float loop.
local function run(a, b, c)
  local out = {}
  for x = a, b, c or 1 do
    out[#out + 1] = tostring(x)
    if #out > 5 then out[#out + 1] = "..." break end
  end
  print(table.concat(out, " "))
end
run(1.0, 3) run(1, 3, 1.0) run(1, 3.0) run(0, 1, 0.25) run(1, 0, -0.5) run(0.1, 0.35, 0.1)
--> 1.0 2.0 3.0
--> 1.0 2.0 3.0
--> 1 2 3
--> 0.0 0.25 0.5 0.75 1.0
--> 1.0 0.5 0.0
--> 0.1 0.2 0.3
run(1.5, 1.5) run(2.0, 1) run(1.0, math.huge) run(-1.0, -math.huge, -1) run(2.0, -1)
--> 1.5
-->
--> 1.0 2.0 3.0 4.0 5.0 6.0 ...
--> -1.0 -2.0 -3.0 -4.0 -5.0 -6.0 ...
-->
run(2.0^53, 2.0^53 + 2, 2) run(1e300, 1e301, 4e300) run(3.0, 1.0, -1.0)
--> 9.007199254741e+15 9.007199254741e+15
--> 1e+300 5e+300 9e+300
--> 3.0 2.0 1.0
for x = 1.0, 2 do print(math.type(x), x) end
--> float	1.0
--> float	2.0
for x = 1, 2 do print(math.type(x), x) end
--> integer	1
--> integer	2
