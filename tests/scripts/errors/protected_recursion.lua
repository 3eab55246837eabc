-- Protected calls inside each other without end are an error that the innermost one catches.
local depth = 0
local function nest()
  depth = depth + 1
  return pcall(nest)
end
local results = table.pack(nest())
print(results[1], results[results.n - 1], results[results.n], depth > 150)  --> true	false	C stack overflow	true
-- The depth is counted anew.
local results = table.pack(nest())
print(results[1], results[results.n - 1], results[results.n])  --> true	false	C stack overflow
local function handled() return xpcall(handled, function(e) return "handled: " .. e end) end
local results = table.pack(handled())
print(results[results.n - 1], results[results.n]:sub(-16))  --> false	C stack overflow
-- A hundred are no problem, also when an error goes through all of them.
local function down(n)
  if n == 0 then error("bottom", 0) end
  local ok, message = pcall(down, n - 1)
  error(message, 0)
end
for _ = 1, 100 do pcall(down, 100) end
print(pcall(down, 100))  --> false	bottom
print(coroutine.wrap(function() return pcall(down, 100) end)())  --> false	bottom
