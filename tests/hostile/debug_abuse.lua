-- The debug library, where a host grants it: no crash, whatever is asked.
--! end = done
--! libraries = all
local low, high = math.mininteger, math.maxinteger
local values = { nil, 1, -1, 0, low, high, 2 ^ 53, "x", print, function(a, b) return a end, {}, debug, true }
for name, f in pairs(debug) do
  if name ~= "debug" then
    for i = 1, 13 do
      for j = 1, 13 do
        pcall(f, values[i], values[j], values[(i + j) % 13 + 1])
        debug.sethook()
      end
    end
  end
end
local function f(a) local b = a return function() return a, b end end
local g = f(1)
debug.upvaluejoin(g, 1, g, 2)
debug.setupvalue(g, 1, g)
assert(g() == g)
