-- Instructions that each clear, store or join many values, one after the other.
--! end = deadline
local names = ("a,"):rep(149) .. "a"
local clear = "do local " .. names .. " end "
local list = "x = {" .. ("1,"):rep(150) .. "} "
local join = "x = ''" .. (".. ''"):rep(150) .. " "
local run = assert(load("local x while true do " .. clear:rep(200) .. list:rep(30) .. join:rep(60) .. " end"))
while true do pcall(run) end
