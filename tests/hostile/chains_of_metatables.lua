-- The longest chains of `__index` and `__newindex`, in code without loops or calls.
--! end = deadline
local reads, writes = {}, {}
for _ = 1, 1990 do
  reads = setmetatable({}, {__index = reads})
  writes = setmetatable({}, {__newindex = writes})
end
local source = ("_ = r.x w.x = 1 _ = r[1] w[1] = 1 w.x = nil w[1] = nil "):rep(500)
load("local r, w = ... local _ while true do " .. source .. " end")(reads, writes)
