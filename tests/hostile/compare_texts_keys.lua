-- Long strings with the same bytes as keys of raw accesses and traversals.
--! end = deadline
local a, b = ("x"):rep(6000000), ("x"):rep(6000000)
local t = {[a] = 1}
while rawequal(a, b) and rawget(t, b) and rawset(t, b, 1) and not next(t, b) do end
