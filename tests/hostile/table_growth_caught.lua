-- The same, caught: the script goes on with what it let go.
--! end = done
for _ = 1, 3 do
  local ok, message = pcall(function()
    local t = {}
    for i = 1, math.huge do t[i] = { i } end
  end)
  assert(not ok and message == "not enough memory")
end
local t = {}
for i = 1, 1000 do t[i] = { i } end
assert(#t == 1000)
