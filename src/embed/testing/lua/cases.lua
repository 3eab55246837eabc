-- The words that test files use: describe, it, hooks. And the running of one case.
--
-- A test file runs once, to make its cases. Each case then runs in a region of its own that begins
-- as the file left the first one. So a case finds only what the file itself made, never what
-- another case left behind.

local getinfo, traceback, xpcall, error, type = debug.getinfo, debug.traceback, xpcall, error, type
local tostring, ipairs, rawequal = tostring, ipairs, rawequal

-- What the runner reads: the cases, and how the one that ran ended. Each region begins with a copy
-- of the cases, so they are kept in lists, which are small; names and lines are dropped once the
-- runner has read them.
local test = { names = {}, lines = {}, bodies = {}, blocks = {}, pending = {}, result = nil }
package.loaded["lunette.test"] = test

local function new_block(name, parent)
  return {
    name = name,
    parent = parent,
    setup = {}, teardown = {}, before_each = {}, after_each = {},
  }
end

local root = new_block(nil, nil)
local block = root

local function full_name(name)
  local names, at = { name }, block
  while at and at.name do
    table.insert(names, 1, at.name)
    at = at.parent
  end
  return table.concat(names, " ")
end

local function check(what, name, body)
  if type(name) ~= "string" then
    error(("bad argument #1 to '%s' (a name expected, got %s)"):format(what, type(name)), 3)
  end
  if type(body) ~= "function" then
    error(("bad argument #2 to '%s' (a function expected, got %s)"):format(what, type(body)), 3)
  end
end

local function note(name, body, is_pending)
  -- `it` and its relatives end in a call of this, so the next level is the test file.
  local at = getinfo(2, "l")
  local number = #test.blocks + 1
  test.names[number] = full_name(name)
  test.lines[number] = at and at.currentline or 0
  test.bodies[number] = body or false
  test.blocks[number] = block
  if is_pending then test.pending[number] = true end
end

function describe(name, body)
  check("describe", name, body)
  local outer = block
  block = new_block(name, outer)
  -- An error in here is an error of the file, so nothing has to be put back.
  body()
  block = outer
end

context = describe

function it(name, body)
  if body == nil and type(name) == "string" then
    return note(name, nil, true)
  end
  check("it", name, body)
  return note(name, body, false)
end

spec, test_case = it, it

-- A case, or a block of them, that is not to run for now. Inside a case: ends it as pending.
function pending(name, body)
  if test.is_running then
    error(setmetatable({ kind = "pending", message = tostring(name or "pending") }, test.Stop), 0)
  end
  check("pending", name, body or function() end)
  return note(name, nil, true)
end

for _, hook in ipairs { "setup", "teardown", "before_each", "after_each" } do
  _G[hook] = function(body)
    if type(body) ~= "function" then
      error(("bad argument #1 to '%s' (a function expected, got %s)"):format(hook, type(body)), 2)
    end
    local list = block[hook]
    list[#list + 1] = body
  end
end

lazy_setup, strict_setup, lazy_teardown, strict_teardown = setup, setup, teardown, teardown

-- What to do when the running case ends, whatever happens; newest first.
local closers = {}
function finally(body)
  if not test.is_running then
    error("'finally' belongs into a case", 2)
  end
  if type(body) ~= "function" then
    error(("bad argument #1 to 'finally' (a function expected, got %s)"):format(type(body)), 2)
  end
  closers[#closers + 1] = body
end

-- The errors by which assertions and `pending` end a case.
test.Stop = { __name = "test.stop", __tostring = function(stop) return stop.message end }

local function is_stop(value)
  return type(value) == "table" and rawequal(getmetatable(value), test.Stop)
end

-- The first line of a traceback names the handler; what lies below the case is the runner's.
local function trim(text)
  local lines = {}
  for line in text:gmatch("[^\n]+") do
    if line:find("^%s*%(lunette test%)") or line:find("in function 'error'", 1, true)
      or line:find("in function 'xpcall'", 1, true) or line:find("[C]: in ?", 1, true) then
      -- a line of the runner itself
    else
      lines[#lines + 1] = line
    end
  end
  return table.concat(lines, "\n")
end

local function handler(value)
  local report
  if is_stop(value) then
    report = value
  else
    local text = value
    if type(value) ~= "string" then
      local meta = getmetatable(value)
      local has_text = type(meta) == "table" and meta.__tostring
      text = has_text and tostring(value) or ("(error object is a %s value)"):format(type(value))
    end
    report = { kind = "error", message = text }
  end
  report.traceback = trim(traceback(nil, 2))
  return report
end

-- Calls a case with all its hooks; leaves in `test.result` how it ended.
function test.run(number)
  local body = test.bodies[number]
  if body == nil then
    test.result = {
      kind = "error",
      message = "the file did not make this case again: it depends on what it must not",
    }
    return
  end
  if test.pending[number] then
    test.result = { kind = "pending", message = "" }
    return
  end
  local chain, at = {}, test.blocks[number]
  while at do
    table.insert(chain, 1, at)
    at = at.parent
  end
  local function attempt(where, body)
    local ok, report = xpcall(body, handler)
    if not ok then
      if type(report) ~= "table" then
        -- There was no memory, or no stack, for the handler.
        report = { kind = "error", message = tostring(report), traceback = "" }
      end
      if where then
        report = { kind = "error", message = ("in %s: %s"):format(where, report.message),
          traceback = report.traceback }
      end
      -- The first thing that went wrong is the one to tell of.
      test.result = test.result or report
    end
    return ok
  end

  test.is_running = true
  local reached = 0
  local ok = true
  for index, one in ipairs(chain) do
    reached = index
    for _, body in ipairs(one.setup) do
      ok = ok and attempt("setup", body)
    end
  end
  local begun = 0
  for index, one in ipairs(chain) do
    if not ok then break end
    begun = index
    for _, body in ipairs(one.before_each) do
      ok = ok and attempt("before_each", body)
    end
  end
  if ok then
    attempt(nil, body)
  end
  for index = #closers, 1, -1 do
    attempt("finally", closers[index])
  end
  for index = begun, 1, -1 do
    for _, body in ipairs(chain[index].after_each) do
      attempt("after_each", body)
    end
  end
  for index = reached, 1, -1 do
    for _, body in ipairs(chain[index].teardown) do
      attempt("teardown", body)
    end
  end
  test.is_running = false
  if not test.result and test.check_open then
    test.check_open()
  end
  test.result = test.result or { kind = "success" }
end

-- Plain files: every global function `test_...` that the file made is a case.
function test.adopt_plain()
  if #test.blocks > 0 then return end
  local cases = {}
  for name, value in pairs(_G) do
    if type(name) == "string" and name:find("^test_") and name ~= "test_case"
      and type(value) == "function" then
      cases[#cases + 1] = { name = name, line = getinfo(value, "S").linedefined, body = value }
    end
  end
  table.sort(cases, function(a, b)
    if a.line ~= b.line then return a.line < b.line end
    return a.name < b.name
  end)
  for number, case in ipairs(cases) do
    test.names[number], test.lines[number] = case.name, case.line
    test.bodies[number], test.blocks[number] = case.body, root
  end
  local hooks = { set_up = "before_each", tear_down = "after_each" }
  for name, hook in pairs(hooks) do
    if type(_G[name]) == "function" then
      local list = root[hook]
      list[#list + 1] = _G[name]
    end
  end
end

-- Files that a case opens and does not close are a defect of the case.
local opened = {}
for _, name in ipairs { "open", "popen", "tmpfile" } do
  local original = io and io[name]
  if original then
    io[name] = function(...)
      local file, message, code = original(...)
      if file then
        local what = name == "tmpfile" and "a temporary file" or tostring((...))
        opened[#opened + 1] = { file = file, what = what }
      end
      return file, message, code
    end
  end
end

function test.check_open()
  for _, one in ipairs(opened) do
    if io.type(one.file) == "file" then
      test.result = {
        kind = "failure",
        message = ("%s was left open"):format(one.what),
      }
      return
    end
  end
end
