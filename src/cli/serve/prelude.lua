-- What the server needs of Lua in every region: the metatable that makes the names of headers
-- ignore case, the step of a body that is a coroutine, and the table of the request.
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

-- Each request fills in its own copy of this table.
local request = {
  method = false,
  path = false,
  query = false,
  query_string = false,
  headers = false,
  body = false,
  remote_address = false,
  remote_port = false,
  id = false,
  params = false,
}

return ignoring_case, step, request
