-- The error that ends the script is a graph with cycles.
--! end = error
local t = {}
t.t, t[t], t[1] = t, t, { t, function() return t end, coroutine.create(print) }
error(t)
