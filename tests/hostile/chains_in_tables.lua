-- Keys whose hashes are the same, in code without loops or calls: each look costs what it takes.
--! end = deadline
local tail = "\xDB\x28\xB4\xA0\xD1\x7E\x03\xE7"
local function flood(t, count)
  for i = 1, count do t[("%06d"):format(i) .. tail] = i end
  return t
end
local t = flood({}, 6000)
local inherited = setmetatable({}, {__index = setmetatable({}, {__index = t})})
local hidden = setmetatable({}, flood({__index = inherited}, 10))
local missing = "absent" .. tail
assert(t[missing] == nil and inherited[missing] == nil and t["000001" .. tail] == 1)
local texts = {
  "_ = t[k] ", "t[k] = nil ", "_ = inherited[k] ", "_ = hidden[k] ", "t[old] = k ",
  "_ = t[name] ", "_ = #t ",
}
local source = table.concat(texts):rep(400)
local name = missing:gsub(".", function(c) return ("\\x%02X"):format(c:byte()) end)
source = source:gsub("t%[name%]", function() return "t['" .. name .. "']" end)
local run = load("local t, k, old, inherited, hidden = ... local _ while true do " .. source .. " end")
run(t, missing, "000001" .. tail, inherited, hidden)
