-- string.rep beyond every bound is refused at once, and caught.
--! end = done
for _, count in ipairs { 1e9, 2 ^ 31, 2 ^ 40, math.maxinteger } do
  local ok, message = pcall(string.rep, "x", count // 1 | 0)
  assert(not ok and (message == "not enough memory" or message:find("too large")))
end
assert(not pcall(string.rep, "ab", math.maxinteger, "separator"))
assert(#("x"):rep(1000) == 1000)
