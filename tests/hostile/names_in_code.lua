-- Errors at the end of a function of 60,000 instructions, which are read to name a variable.
--! end = fuel
--! fuel = 4000000
local long = ("x = 1\n"):rep(30000)
local function at_the_end(code)
  return load("local f = {} do goto skipped end do " .. long .. " end ::skipped:: " .. code)
end
local calls = {
  at_the_end("local r = y + 1"),
  at_the_end("f.g()"),
  at_the_end("string.rep()"),
  at_the_end("local c <close> = 5"),
  at_the_end("for i in y do end"),
}
long = nil
for _ = 1, 400 do
  for _, each in ipairs(calls) do pcall(each) end
end
