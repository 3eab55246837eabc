-- A table that changes while it is traversed.
--! end = done
local t = {}
for i = 1, 1000 do t[i], t["k" .. i] = i, i end
local seen = 0
for k in pairs(t) do
  t[k] = nil
  seen = seen + 1
end
assert(seen == 2000 and next(t) == nil)
pcall(function()
  local u = { 1, 2, 3 }
  for k in pairs(u) do u[k .. "x"] = k end
end)
pcall(function()
  local u = { a = 1 }
  for k in next, u do u = {} u[{}] = 1 next(u, k) end
end)
assert(not pcall(next, {}, "absent"))
