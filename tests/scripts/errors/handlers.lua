-- Message handlers that fail: natives and Lua functions, again and again.
print(xpcall(error, error, "x"))  --> false	error in error handling
print(xpcall(error, function(e) error(e) end, "x"))  --> false	error in error handling
print(xpcall(error, function(e) return e.x.y end, {}))  --> false	error in error handling
print(xpcall(error, table.sort, "x"))  --> false	error in error handling
print(xpcall(error, pcall, "x"))  --> false	false
print(xpcall(error, select, "x"))  --> false	error in error handling
print(xpcall(error, setmetatable, {}))  --> false	error in error handling
-- The second failure is handled, the first is not seen any more.
local count = 0
print(xpcall(error, function(e)
  count = count + 1
  if count < 3 then error("again", 0) end
  return e .. count
end, "x"))  --> false	again3
-- A handler inside a handler has a count of its own.
print(xpcall(error, function(e)
  return select(2, xpcall(error, error, e))
end, "x"))  --> false	error in error handling
-- What is above a failed handler still closes.
local closing = setmetatable({}, { __close = function() print("closed") end })
print(xpcall(function()
  local x <close> = closing
  error("x")
end, error))  --> closed
--> false	error in error handling
