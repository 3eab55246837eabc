-- Raising errors and catching them: tables, and strings with a position.
local problem = {code = 7}
local function fail(i)
  if i % 2 == 0 then error(problem) end
  local missing
  return missing.field
end
return function(n)
  local sum = 0
  for i = 1, n do
    local ok, message = pcall(fail, i)
    if not ok then sum = sum + (type(message) == "table" and message.code or #message) end
  end
  return sum
end
