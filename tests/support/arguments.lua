-- Calls every function of a library with odd arguments, and prints what comes of it. The library
-- is named by the script's argument; `_G` stands for the basic functions.

local library = ...

-- Makers of arguments: each call gets fresh ones.
local makers = {
  function() return nil end,
  function() return true end,
  function() return 0 end,
  function() return 1 end,
  function() return -1 end,
  function() return 3.5 end,
  function() return 1e100 end,
  function() return 0 / 0 end,
  function() return math.maxinteger end,
  function() return math.mininteger end,
  function() return "" end,
  function() return "10" end,
  function() return "x%" end,
  function() return {} end,
  function() return { 3, 1, 2 } end,
  function() return type end,
  function() return coroutine.create(type) end,
  function() return io.stdout end,
}
-- Those that second and third arguments are made of: 1 to all for two, these for three.
local few = { 1, 3, 4, 6, 9, 10, 12, 13, 15, 16 }

-- What would end the script, wait, print, run without end or tell the time.
local left_out = {
  ["debug.context"] = true, -- lunette's own
  ["_G.print"] = true, ["_G.collectgarbage"] = true, ["_G.warn"] = true, ["_G.require"] = true,
  ["_G.dofile"] = true, ["_G.loadfile"] = true,
  ["os.exit"] = true, ["os.execute"] = true, ["os.remove"] = true, ["os.rename"] = true,
  ["os.tmpname"] = true, ["os.clock"] = true, ["os.setlocale"] = true, ["os.getenv"] = true,
  ["io.read"] = true, ["io.write"] = true, ["io.popen"] = true, ["io.output"] = true,
  ["io.input"] = true, ["io.tmpfile"] = true, ["io.lines"] = true, ["io.close"] = true,
  ["debug.debug"] = true, ["debug.sethook"] = true, ["debug.setmetatable"] = true,
  ["debug.setcstacklimit"] = true, ["string.dump"] = true, ["package.loadlib"] = true,
}
-- Argument lists that keep a function busy for years, by function and pattern of the list.
local endless = {
  ["string.rep"] = "11 %d+", ["table.move"] = "^%d+ %d+ 9",
}
-- What succeeds, but may differ.
local vague = {
  ["math.random"] = true, ["math.randomseed"] = true, ["os.time"] = true, ["os.date"] = true,
  ["debug.getinfo"] = true, ["debug.getregistry"] = true, ["debug.traceback"] = true,
  ["debug.getlocal"] = true, ["debug.setlocal"] = true, ["debug.getupvalue"] = true,
  ["debug.setupvalue"] = true,
}

local function shown(value)
  if type(value) == "string" then
    return string.format("%q", value):gsub("0x%x+", "ADDRESS")
  end
  if value ~= value then return "nan" end
  return (tostring(value):gsub("0x%x+", "ADDRESS"):gsub("builtin: ADDRESS", "ADDRESS"))
end

local function report(name, list, ok, ...)
  local parts = { name, "(", list, ") ", ok and "=" or "!" }
  if not (ok and vague[name:match("%S+$")]) then
    for index = 1, select("#", ...) do parts[#parts + 1] = " " .. shown((select(index, ...))) end
  end
  print(table.concat(parts))
end

local function try(name, call, indices, count)
  local list = table.concat(indices, " ", 1, count)
  local pattern = endless[name]
  if pattern and list:find(pattern) then return end
  local args = {}
  for position = 1, count do args[position] = makers[indices[position]]() end
  report(name, list, pcall(call, table.unpack(args, 1, count)))
end

local function try_all(name, call)
  try(name, call, {}, 0)
  for first = 1, #makers do
    try(name, call, { first }, 1)
    for second = 1, #makers do
      try(name, call, { first, second }, 2)
      if first > 10 then
        for _, third in ipairs(few) do try(name, call, { first, second, third }, 3) end
      end
    end
  end
end

local names = {}
for name, value in pairs(_G[library]) do
  local full = library .. "." .. name
  if type(value) == "function" and not left_out[full] then names[#names + 1] = name end
end
table.sort(names)
for _, name in ipairs(names) do
  local full = library .. "." .. name
  -- Once by name, so that messages have one, and once without.
  local called = load("return function(...) return (select('#', ...)), " ..
    full .. "(...) end", "=call")()
  try_all(full, called)
  local value = _G[library][name]
  -- One function has two names in PUC Lua; which one a message takes is chance.
  if name ~= "atan" and name ~= "atan2" then
    for first = 1, #makers do
      report("anonymous " .. full, tostring(first), pcall(value, makers[first]()))
    end
  end
end
