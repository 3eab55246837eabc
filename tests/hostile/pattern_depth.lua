-- Patterns too long or too deep are errors.
--! end = done
assert(not pcall(string.find, ("x"):rep(300000), ("x?"):rep(200000)))
assert(not pcall(string.find, "x", ("("):rep(33)))
for _, pattern in ipairs { "[", "[a", "[^", "%", "%b", "%bx", "%f", "(", "%1", "(()", "[a-" } do
  assert(not pcall(string.find, "abc", pattern), pattern)
end
assert(string.find("a]", "[]]") == 2)
