-- string.format with widths and precisions beyond all bounds.
--! end = done
for _, format in ipairs { "%1000d", "%.1000f", "%99999999999d", "%.99999999999s", "%", "%y",
  "%10.123f", "%010.5q", "%ll", "%n", "%*d" } do
  assert(not pcall(string.format, format, 1), format)
end
assert(#string.format("%99.99f", 1e308) == 409)
assert(#string.format("%99d", 1) == 99)
local ok, message = pcall(string.format, ("%s"):rep(1000), 1)
assert(not ok and message:find("no value"))
