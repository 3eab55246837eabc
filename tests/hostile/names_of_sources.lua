-- Errors in a source that is a line of megabytes, of which messages show the beginning, and in
-- variables whose names are as long.
--! end = done
local name = ("n"):rep(3000000)
local call = load("local " .. name .. " " .. name .. "()")
for _ = 1, 6000 do
  local _, message = pcall(call)
  assert(#message < 600)
end
