-- Binary chunks, whole and in part, are refused.
--! end = done
for _, source in ipairs { "\27", "\27Lua", "\27Lua\x54\0\x19\x93\r\n\x1a\n\4\8\8", "\27LJ\2" } do
  for _, mode in ipairs { "b", "t", "bt" } do
    local f, message = load(source, "forged", mode)
    assert(not f and message)
  end
  assert(not load(coroutine.wrap(function() coroutine.yield(source) end), "forged"))
end
assert(not load("return 1", "text", "b"))
assert(not string.dump or not pcall(string.dump, load("return 1")))
