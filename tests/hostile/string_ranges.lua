-- Ranges of strings at the ends of the integers.
--! end = done
local low, high = math.mininteger, math.maxinteger
for _, f in ipairs { string.sub, string.byte, utf8.codepoint, utf8.offset, utf8.len, string.find } do
  for _, x in ipairs { low, low + 1, -1, 0, 1, high - 1, high } do
    for _, y in ipairs { low, low + 1, -1, 0, 1, high - 1, high } do
      pcall(f, "abc", x, y)
      pcall(f, "", x, y)
      pcall(f, "\xff\xfe", x, y)
    end
  end
end
assert(("abc"):sub(low, high) == "abc" and ("abc"):sub(high, low) == "")
