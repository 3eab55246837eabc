-- What the tests of the server ask for.
count = 0

local function busy(seconds)
  local till = time.monotonic() + seconds
  while time.monotonic() < till do end
end

return {
  ["GET /hello/{name}"] = function(request)
    count = count + 1
    string.upper = nil
    return { body = "hello " .. request.params.name .. ", " .. count .. " since the start" }
  end,
  ["POST /request"] = function(request)
    return json.encode {
      method = request.method,
      path = request.path,
      query = request.query,
      query_string = request.query_string,
      agent = request.headers["User-Agent"],
      AGENT = request.headers["USER-AGENT"],
      none = request.headers.missing,
      cookie = request.headers.cookie,
      body = request.body,
      address = request.remote_address,
      has_port = request.remote_port > 0,
      id_len = #request.id,
    }
  end,
  ["GET /response"] = function()
    return {
      status = 418,
      headers = { ["Content-Type"] = "text/tea", ["X-Number"] = 7, ["Set-Cookie"] = { "a=1", "b=2" } },
      body = "short and stout",
    }
  end,
  ["GET /empty"] = function() return { status = 204 } end,
  ["GET /iterator"] = function()
    local left = 3
    return { body = function()
      left = left - 1
      if left >= 0 then return "left " .. left .. "\n" end
    end }
  end,
  ["GET /coroutine"] = function()
    return coroutine.create(function()
      for i = 1, 1000 do coroutine.yield(("line %d\n"):format(i)) end
    end)
  end,
  ["GET /endless"] = function()
    local text = ("x"):rep(1000)
    return function() return text end
  end,
  ["GET /late"] = function()
    local told = false
    return function()
      if told then error("too late") end
      told = true
      return ("x"):rep(100000)
    end
  end,
  ["GET /busy"] = function(request)
    busy(tonumber(request.query.seconds))
    return "done"
  end,
  ["GET /busy/stream"] = function()
    busy(0.05)
    local thread = coroutine.create(function()
      for i = 1, 3 do
        busy(0.02)
        coroutine.yield("part " .. i .. "\n")
      end
    end)
    return { status = 201, body = thread }
  end,
  ["GET /wait/{seconds}"] = function(request)
    os.execute("sleep " .. tonumber(request.params.seconds))
    return "waited"
  end,
  ["GET /read/{seconds}"] = function(request)
    local pipe = io.popen("sleep " .. tonumber(request.params.seconds) .. "; echo read")
    local text = pipe:read("a")
    return text .. tostring(pipe:close())
  end,
  -- The comparisons are calls of a library function that waits for them.
  ["GET /sorted"] = function(request)
    local left = tonumber(request.query.seconds)
    table.sort({ 3, 1, 2 }, function(a, b)
      busy(left)
      left = 0
      return a < b
    end)
    return "sorted"
  end,
  -- Makes far more than it holds.
  ["GET /garbage"] = function()
    local last
    for i = 1, 300000 do last = { ("text %d"):format(i), last and last[1] } end
    return last[1]
  end,
  ["GET /random"] = function() return tostring(math.random(0)) end,
  ["GET /count"] = function() return tostring(shared.incr("count")) end,
  ["GET /shared"] = function()
    assert(shared.get("nothing") == nil)
    assert(shared.add("once", "first") == not shared.get("twice"))
    shared.set("twice", true)
    shared.set("short", 1, 0.05)
    busy(0.1)
    assert(shared.get("short") == nil)
    assert(not pcall(shared.set, "table", {}))
    assert(shared.set("large", ("x"):rep(1 << 20)) == false)
    return shared.get("once")
  end,
  ["GET /json"] = function(request)
    local value, message = json.decode(request.query.text, json.null)
    if message then return { status = 400, body = message } end
    return json.encode(value)
  end,
  ["GET /log"] = function()
    log.warn("one\ntwo", { number = 1 })
    return "logged"
  end,

  ["GET /fail/error"] = function() error("a secret") end,
  ["GET /fail/index"] = function() local secret; return secret.field end,
  ["GET /fail/loop"] = function() while true do end end,
  ["GET /fail/memory"] = function()
    local t = {}
    while true do t[#t + 1] = ("secret"):rep(100) .. #t end
  end,
  ["GET /fail/recursion"] = function()
    local function again() return 1 + again() end
    return again()
  end,
  ["GET /fail/pattern"] = function()
    return tostring(("a"):rep(200000):find((".-"):rep(50) .. "b"))
  end,
  ["GET /fail/text"] = function()
    local t = { 1, 1, 1, 1, 1, 1, 1, 1 }
    for _ = 1, 40 do t = { t, t, t, t, t, t, t, t } end
    return json.encode(t)
  end,
  ["GET /fail/exit"] = function() os.exit(0) end,
  ["GET /fail/nil"] = function() end,
  ["GET /fail/status"] = function() return { status = 99 } end,
  ["GET /fail/header"] = function() return { headers = { a = "secret\r\nX-Evil: 1" } } end,
  ["GET /fail/cycle"] = function() local t = {}; t.t = t; return json.encode(t) end,
}
