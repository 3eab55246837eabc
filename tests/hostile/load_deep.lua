-- Sources nested without end.
--! end = done
for _, open in ipairs { "(", "{", "- ", "not ", "function() return ", "'a' .. ", "2 ^ ", "a[", "f(" } do
  local f, message = load("return " .. open:rep(100000))
  assert(not f and message:find("overflow"), open)
end
for _, open in ipairs { "do ", "if x then ", "while x do ", "repeat ", "for i = 1, 2 do ", "function f() " } do
  assert(not load(open:rep(100000)), open)
end
