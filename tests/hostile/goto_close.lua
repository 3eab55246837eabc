-- Jumps out of and around variables to be closed.
--! end = done
local log = {}
local function closing(name)
  return setmetatable({}, { __close = function() log[#log + 1] = name end })
end
for i = 1, 3 do
  local a <close> = closing("a" .. i)
  if i == 2 then goto continue end
  do local b <close> = closing("b" .. i) end
  ::continue::
end
assert(table.concat(log, " ") == "b1 a1 a2 b3 a3")
assert(not load("goto inside do local x <close> = nil ::inside:: end"))
assert(not load("goto inside local x <close> = nil ::inside:: print(x)"))
