-- As many variables to be closed as there is room for.
--! end = memory|error|done
local function f(n)
  local a <close> = setmetatable({}, { __close = function() end })
  if n > 0 then return (f(n - 1)) end
end
pcall(f, 1e6)
f(1000)
