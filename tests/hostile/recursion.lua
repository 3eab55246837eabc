-- A function that calls itself without end.
--! end = done
local function f() return 1 + f() end
for _ = 1, 3 do
  local ok, message = pcall(f)
  assert(not ok and (message:find("stack overflow") or message == "not enough memory"))
end
