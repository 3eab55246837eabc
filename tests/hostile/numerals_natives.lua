-- Numerals, layouts and needles of millions of bytes, as arguments.
--! end = deadline
local a = (" "):rep(6000000) .. "1"
local calls = {
  math.tointeger, math.floor, tonumber, utf8.char,
  function(s) return ("%d"):format(s) end,
  function(s) return select(s, 1) end,
  function(s) return string.packsize(s) end,
  function(s) return ("x"):find(s, 1, true) end,
  function(s) return ("x"):find(s .. "*") end,
  function(s) return ("x"):gsub(s, "y") end,
  function(s) return ("x"):gmatch(s)() end,
  function(s) return utf8.codes("x")(("\x80"):rep(6000000), 1) end,
}
while true do
  for _, call in ipairs(calls) do pcall(call, a) end
end
