-- The handler that servers are compared with: route, validate, ten fields, about 500 bytes of JSON.
local LIST = { "alpha", "beta", "gamma", "delta" }

return {
  ["GET /users/{id}"] = function(request)
    local id = tonumber(request.params.id)
    if not id or id < 1 or id % 1 ~= 0 then
      return { status = 400, body = "bad id\n" }
    end
    local tags = {}
    for i = 1, 4 do tags[i] = LIST[(id + i) % 4 + 1] .. "-" .. i end
    local user = {
      id = id,
      name = "User Number " .. id,
      email = "user" .. id .. "@example.org",
      active = id % 2 == 0,
      score = id * 1.5,
      tags = tags,
      address = { street = "Long Street " .. id % 100, city = "Somewhere", zip = "12345" },
      created = "2024-01-01T00:00:00Z",
      about = ("A few words about this user. "):rep(6),
      links = { self = "/users/" .. id, posts = "/users/" .. id .. "/posts" },
    }
    return { headers = { ["content-type"] = "application/json" }, body = json.encode(user) }
  end,
}
