-- Counts the lines that run, by source.

local test = package.loaded["lunette.test"]
local getinfo = debug.getinfo

-- By source: by line: how often it ran.
local hits = {}

-- Leaves in `test.hits` what the runner reads: file, line, count, and so on.
function test.flatten_hits()
  debug.sethook()
  local list = {}
  for source, lines in pairs(hits) do
    for line, count in pairs(lines) do
      local size = #list
      list[size + 1], list[size + 2], list[size + 3] = source:sub(2), line, count
    end
  end
  test.hits = list
end

local function count_in(source)
  local lines = hits[source]
  if not lines then
    lines = {}
    hits[source] = lines
  end
  return lines
end

local seen = {}                    -- functions whose lines are known
local function on_line(_, line)
  local info = getinfo(2, "Sf")
  local source = info.source
  if source:sub(1, 1) ~= "@" then return end
  local lines = count_in(source)
  if not seen[info.func] then
    seen[info.func] = true
    -- Lines that could run and did not are part of the answer.
    for active in pairs(getinfo(info.func, "L").activelines or {}) do
      lines[active] = lines[active] or 0
    end
  end
  lines[line] = (lines[line] or 0) + 1
end

debug.sethook(on_line, "l")
local create, wrap = coroutine.create, coroutine.wrap
function coroutine.create(body)
  local thread = create(body)
  debug.sethook(thread, on_line, "l")
  return thread
end
function coroutine.wrap(body)
  local thread = coroutine.create(body)
  local resume, status = coroutine.resume, coroutine.status
  return function(...)
    local results = table.pack(resume(thread, ...))
    if not results[1] then
      if status(thread) ~= "dead" then coroutine.close(thread) end
      error(results[2], 0)
    end
    return table.unpack(results, 2, results.n)
  end
end
