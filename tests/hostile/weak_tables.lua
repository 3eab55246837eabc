-- Weak tables whose entries go while they are traversed.
--! end = done
local weak = setmetatable({}, { __mode = "kv" })
for i = 1, 1000 do weak[{}] = {} weak[i] = {} end
for k in pairs(weak) do collectgarbage("step") end
collectgarbage()
local cycle = setmetatable({}, { __mode = "k" })
for i = 1, 100 do local key = {} cycle[key] = { key } end
collectgarbage()
