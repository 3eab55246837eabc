-- Errors at the end of a function of 200,000 instructions, which are read to name a variable.
--! end = deadline
local long = ("x = 1\n"):rep(100000)
local function at_the_end(code)
  return load("local f = {} do goto skipped end do " .. long .. " end ::skipped:: " .. code)
end
local calls = {
  at_the_end("local r = y + 1"),
  at_the_end("f()()"),
  at_the_end("string.rep()"),
  at_the_end("local c <close> = 5"),
  at_the_end("for i in y do end"),
}
long = nil
local count = 1
while true do
  for _, each in ipairs(calls) do
    for _ = 1, count do pcall(each) end
  end
  count = count * 2
end
