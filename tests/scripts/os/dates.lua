-- Times in UTC, fields beyond their ranges, and errors about them.
print(os.date("!%Y-%m-%d %H:%M:%S", 0))
print(os.date("!%a %A %b %B %d %j %U %w %W %y %p %I", 1e9 // 1 | 0))
print(os.date("!%c|%x|%X|%D|%F|%R|%T|%r|%h|%n|%t|%%|%e|%u|%V|%G|%g|%C|%z", 86399))
local date = os.date("!*t", 951782400)
print(date.year, date.month, date.day, date.hour, date.min, date.sec, date.wday, date.yday, date.isdst)
local fields = { year = 2021, month = 14, day = -3, hour = 25, min = -1, sec = 3600 }
os.time(fields)
print(fields.year, fields.month, fields.day, fields.hour, fields.min, fields.sec, fields.wday, fields.yday)
print(os.time({ year = 2000, month = 1, day = 2 }) - os.time({ year = 2000, month = 1, day = 1, hour = 12 }))
for _, bad in ipairs({
  {}, { year = 2000 }, { year = 2000, month = "x", day = 1 }, { year = 2000, month = 1.5, day = 1 },
  { year = 1 << 40, month = 1, day = 1 }, { year = 2000, month = 1, day = 1, hour = -1 << 40 },
}) do
  print(pcall(os.time, bad))
end
print(pcall(os.date, "%Q"))
print(pcall(os.date, "%E"))
print(pcall(os.date, "%Ez"))
print(pcall(os.date, "!%c", 1 << 60))
print(os.difftime(10, 4), pcall(os.difftime, 1))
print(os.setlocale(), os.setlocale("C"), os.setlocale("POSIX", "numeric"), os.setlocale("xx_YY"))
print(pcall(os.setlocale, "C", "none"))
print(type(os.clock()), type(os.time()), os.getenv("NO_SUCH_VARIABLE_HERE"))

--> 1970-01-01 00:00:00
--> Sun Sunday Sep September 09 252 36 0 36 01 AM 01
--> Thu Jan  1 23:59:59 1970|01/01/70|23:59:59|01/01/70|1970-01-01|23:59|23:59:59|11:59:59 PM|Jan|
--> |	|%| 1|4|01|1970|70|19|+0000
--> 2000	2	29	0	0	0	3	60	false
--> 2022	1	29	1	59	0	7	29
--> 86400
--> false	field 'year' missing in date table
--> false	field 'month' missing in date table
--> false	field 'month' is not an integer
--> false	field 'month' is not an integer
--> false	field 'year' is out-of-bound
--> false	field 'hour' is out-of-bound
--> false	bad argument #1 to 'os.date' (invalid conversion specifier '%Q')
--> false	bad argument #1 to 'os.date' (invalid conversion specifier '%E')
--> false	bad argument #1 to 'os.date' (invalid conversion specifier '%Ez')
--> false	date result cannot be represented in this installation
--> 6.0	false	bad argument #2 to 'os.difftime' (number expected, got no value)
--> C	C	C	nil
--> false	bad argument #2 to 'os.setlocale' (invalid option 'none')
--> number	number	nil
