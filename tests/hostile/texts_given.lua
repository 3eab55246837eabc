-- Texts of megabytes where a few bytes are meant: names of files and variables, options.
--! end = deadline
--! libraries = all
local big = ("n"):rep(4000000)
local calls = {
  function() os.getenv(big) end,
  function() os.rename(big, big) end,
  function() os.remove(big) end,
  function() io.open(big) end,
  function() io.lines(big) end,
  function() io.input(big) end,
  function() loadfile(big) end,
  function() dofile(big) end,
  function() require(big) end,
  function() debug.getinfo(1, big) end,
  function() debug.sethook(print, big) debug.sethook() end,
  function() ("x"):gmatch(big) end,
  function() os.setlocale(big) end,
  function() collectgarbage(big) end,
}
local count = 1
while true do
  for _, each in ipairs(calls) do
    for _ = 1, count do pcall(each) end
  end
  count = count * 2
end
