-- One expression of a hundred thousand operators, one condition of as many parts, and others.
--! end = deadline
local run = {}
local function add(body) run[#run + 1] = load("local a, b, n = 1, 2, ... for i = 1, n do " .. body .. " end") end
add("a = a" .. (" + b"):rep(50000))
add("a = b" .. (" and b"):rep(50000))
add("if a == 3" .. (" or a == 3"):rep(30000) .. " then a = 1 end")
add("if a == 3 then a = 1 " .. ("elseif a == 3 then a = 1 "):rep(20000) .. "end")
assert(#run == 4)
local rounds = 1
while true do
  for _, each in ipairs(run) do each(rounds) end
  rounds = rounds * 2
end
