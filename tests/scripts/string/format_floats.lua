-- string.format with %f %e %g %a.
local f = string.format
print(f("%f %.2f %.0f %10.3f|%-10.3f|%010.3f", 1, 2.345, 2.5, 3.14159, 3.14159, -3.14159))
--> 1.000000 2.35 2      3.142|3.142     |-00003.142
print(f("%e %.2e %E %.0e", 12345.678, 12345.678, 0.00012, 5555))
--> 1.234568e+04 1.23e+04 1.200000E-04 6e+03
print(f("%g %g %g %g %g", 100000, 1000000, 1e-4, 1e-5, 0.1), f("%G", 1e-10))
--> 100000 1e+06 0.0001 1e-05 0.1	1E-10
print(f("%.3g %.10g %#g %g", 1234.5, 1/3, 1, 1.0), f("%+g % g %+.1f", 1, 1, 1))
--> 1.23e+03 0.3333333333 1.00000 1	+1  1 +1.0
print(f("%.14g %.17g %.20f", 0.1, 0.1, 0.1))  --> 0.1 0.10000000000000001 0.10000000000000000555
print(f("%g %f %e %.1f", 1/0, 1/0, -1/0, -1/0), f("%5.1f|%-8.2e|", 1/0, 1))
--> inf inf -inf -inf	  inf|1.00e+00|
print(f("%a %A", 1, 0.5), f("%.3a", 1), f("%a", -0.0), f("%a", 255.5))
--> 0x1p+0 0X1P-1	0x1.000p+0	-0x0p+0	0x1.ffp+7
print(f("%.99f", 1/3):len(), f("%99.99f", 0):len(), f("%.50g", 0.1))
--> 101	101	0.1000000000000000055511151231257827021181583404541
print(f("%5.0f|%#.0f|%.1f %.1f %.1f", 0.5, 1, 0.25, 0.35, -0.05), f("%f", "1.5"), f("%g", "0x10"))
-->     0|1.|0.2 0.3 -0.1	1.500000	16
print(f("%f", 1e15), f("%.3f", 1e300):len(), f("%g", 2^53), f("%.0f", 2^63),
  f("%f", math.maxinteger))
  --> 1000000000000000.000000	305	9.0072e+15	9223372036854775808	9223372036854775808.000000
print(pcall(f, "%f", "x"))
--> false	bad argument #2 to 'string.format' (number expected, got string)
print(pcall(f, "%g", {}))  --> false	bad argument #2 to 'string.format' (number expected, got table)
print(pcall(f, "%.100f", 1))  --> false	invalid conversion specification: '%.100f'
print(pcall(f, "%100d", 1))  --> false	invalid conversion specification: '%100d'
