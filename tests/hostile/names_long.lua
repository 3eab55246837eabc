-- Names that messages quote are cut.
--! end = done
local name = ("n"):rep(100000)
local _, message = pcall(load("return " .. name .. ".x.y"))
assert(#message < 600)
local _, message = load("x = " .. name .. " " .. name)
assert(message)
local _, message = pcall(load("error('x')", "@" .. name))
assert(#message < 300)
