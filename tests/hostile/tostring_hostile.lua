-- __tostring and __name that lie, raise and recurse.
--! end = done
local function with(meta) return setmetatable({}, meta) end
assert(not pcall(tostring, with { __tostring = function() return {} end }))
assert(not pcall(tostring, with { __tostring = function() error("x") end }))
assert(not pcall(tostring, with { __tostring = 1 }))
assert(not pcall(print, with { __tostring = function() return nil end }))
assert(tostring(with { __name = ("n"):rep(100000) }):find("^nnn"))
tostring(with { __name = 1 })
local cyclic = {}
cyclic[1] = cyclic
assert(not pcall(error, cyclic))
assert(not pcall(with { __name = ("x"):rep(100000) }))
