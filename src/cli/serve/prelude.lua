-- What the server needs of Lua in every region: the metatable that makes the names of headers
-- ignore case, and the step of a body that is a coroutine.
local lower, rawget, type = string.lower, rawget, type
local resume, error = coroutine.resume, error

local ignoring_case = {
  __index = function(headers, name)
    if type(name) == "string" then return rawget(headers, lower(name)) end
  end,
}

local function step(thread)
  local resumed, chunk = resume(thread)
  if not resumed then error(chunk, 0) end
  return chunk
end

return ignoring_case, step
