-- Errors in the handlers of errors in handlers.
-- Each level of `deep` tries again in its handler, here as in PUC Lua: time ends it.
--! end = done|deadline
assert(select(2, xpcall(error, error, "x")) == "error in error handling")
local function handler(e) error(e) end
assert(select(2, xpcall(error, handler, "x")) == "error in error handling")
local function deep() return xpcall(deep, deep) + 1 end
assert(not xpcall(deep, deep))
local function overflow() return overflow() .. "" end
assert(not xpcall(overflow, overflow))
