-- Bytes that are no UTF-8.
--! end = done
for first = 0, 255 do
  for _, rest in ipairs { "", "\x80", "\xff", "\x80\x80\x80\x80\x80\x80", "a" } do
    local s = string.char(first) .. rest
    utf8.len(s)
    utf8.len(s, 1, -1, true)
    pcall(utf8.codepoint, s, 1, -1)
    pcall(function() for _ in utf8.codes(s) do end end)
    pcall(function() for _ in utf8.codes(s, true) do end end)
    pcall(utf8.offset, s, 2)
    utf8.len(s:rep(3), -1)
  end
end
assert(not pcall(utf8.char, -1) and not pcall(utf8.char, 1 << 31))
