-- Many statements follow each other in a loop, with neither a call nor a jump back between them.
--! end = deadline
local body = ("a = b "):rep(80000)
local run = assert(load("local a, b = 1, 2 while true do " .. body .. " end"))
while true do pcall(run) end
