-- Texts of megabytes that library functions look at without making anything of them, or copy
-- before they fail.
--! end = deadline
local big = ("x"):rep(4000000)
local bad = big .. "%y"
local layout = big:sub(1, 1000000)
local calls = {
  function() ("y"):find(big) end,
  function() big:find("y", 1, true) end,
  function() load("a", big) end,
  function() load("a", "a", big .. "t") end,
  function() load("a", "a", big) end,
  function() load(function() return big end, "=x") end,
  function() string.unpack("z", big) end,
  function() string.unpack("c3000000 z", big) end,
  function() string.pack("zz", big, {}) end,
  function() string.pack("s8j", big, {}) end,
  function() string.pack("c4000000 j", big, {}) end,
  function() string.packsize(layout) end,
  function() string.format(bad) end,
  function() string.format("%s%d", big, {}) end,
  function() string.format("%q%d", big, {}) end,
  function() ("a"):gsub("a", bad) end,
  function() big:sub(1, 30000):gsub(".*", ("%0"):rep(500) .. "%y") end,
  function() ("ab"):gsub(".", function(c) if c == "b" then error() end return big end) end,
  function() table.concat({ big, 1, {} }) end,
  function() table.concat({ 1, 2, {} }, big) end,
  function() utf8.offset(big, 3999999) end,
  function() utf8.codepoint(big, -1, -1) end,
  function() setmetatable({}, { __name = big })() end,
  function() error(big) end,
  function() tonumber(big, 36) end,
  function() math.floor(big) end,
}
local count = 1
while true do
  for _, each in ipairs(calls) do
    for _ = 1, count do pcall(each) end
  end
  count = count * 2
end
