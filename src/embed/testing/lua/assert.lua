-- Assertions: `assert.are.same(expected, actual)` and its relatives, spies, stubs, matchers.

local test = package.loaded["lunette.test"]
local show, show_short = test.show, test.show_short
local plain_assert, getinfo = assert, debug.getinfo
local type, error, select, tostring, pcall = type, error, select, tostring, pcall
local pack, unpack = table.pack, table.unpack

-- Where the test file called: the innermost function that is not the runner's own.
local function place()
  local level = 3
  while true do
    local info = getinfo(level, "Sl")
    if not info then return "" end
    if info.currentline > 0 and not info.source:find("^=%(lunette test%)") then
      return ("%s:%d: "):format(info.short_src, info.currentline)
    end
    level = level + 1
  end
end

local function fail(report)
  report.kind = "failure"
  report.message = place() .. report.message
  error(setmetatable(report, test.Stop), 0)
end

-- Each takes its arguments packed, and whether it is turned round; it returns whether it holds,
-- and what to say if the answer is not the one that was wanted.
local check = {}

local function with_values(sentence, turned)
  return function(args)
    local expected, actual = args[1], args[2]
    return {
      message = sentence,
      turned = turned,
      expected = show(expected),
      actual = show(actual),
    }
  end
end

local function define(names, arity, holds, describe_failure)
  for name in names:gmatch("%S+") do
    check[name] = { name = name, arity = arity, holds = holds, describe = describe_failure }
  end
end

define("equal equals", 2, function(args) return args[1] == args[2] end,
  with_values("the values are not equal", "the values are equal"))
define("rawequal", 2, function(args) return rawequal(args[1], args[2]) end,
  with_values("the values are not the same object", "the values are the same object"))
define("same", 2, function(args) return test.same(args[1], args[2]) end,
  with_values("the values are not the same", "the values are the same"))

local function with_one(what)
  return function(args)
    return {
      message = ("%s expected, got %s"):format(what, show_short(args[1])),
      turned = ("%s was not expected, got %s"):format(what, show_short(args[1])),
    }
  end
end

define("truthy ok", 1, function(args) return args[1] and true or false end,
  with_one("a true value"))
define("falsy", 1, function(args) return not args[1] end, with_one("a false value"))
define("true True", 1, function(args) return args[1] == true end, with_one("true"))
define("false False", 1, function(args) return args[1] == false end, with_one("false"))
define("nil Nil", 1, function(args) return args[1] == nil end, with_one("nil"))
for name in ("boolean number string table userdata thread"):gmatch("%a+") do
  define(name, 1, function(args) return type(args[1]) == name end, with_one("a " .. name))
end
define("function Function", 1, function(args) return type(args[1]) == "function" end,
  with_one("a function"))
define("callable", 1, function(args)
  local meta = getmetatable(args[1])
  return type(args[1]) == "function" or type(meta) == "table" and meta.__call ~= nil
end, with_one("something to call"))
define("integer", 1, function(args) return math.type(args[1]) == "integer" end,
  with_one("an integer"))
define("empty", 1, function(args)
  local value = args[1]
  if type(value) == "table" then return next(value) == nil end
  return value == ""
end, with_one("something empty"))

define("unique", 1, function(args)
  for index, one in ipairs(args[1]) do
    for other = index + 1, #args[1] do
      if test.same(one, args[1][other]) then return false end
    end
  end
  return true
end, with_one("a list without repetitions"))

define("near", 3, function(args)
  return args[2] >= args[1] - args[3] and args[2] <= args[1] + args[3]
end, function(args)
  local text = ("%s is%%s within %s of %s"):format(tostring(args[2]), tostring(args[3]),
    tostring(args[1]))
  return { message = text:format(" not"), turned = text:format("") }
end)

define("match matches", 2, function(args)
  return type(args[2]) == "string" and args[2]:find(args[1], args[3] or 1, args[4]) ~= nil
end, function(args)
  local pattern, text = tostring(args[1]), show_short(args[2])
  return {
    message = ("%s does not match the pattern %q"):format(text, pattern),
    turned = ("%s matches the pattern %q"):format(text, pattern),
  }
end)

define("contains", 2, function(args)
  local where, what = args[1], args[2]
  if type(where) == "string" then return where:find(what, 1, true) ~= nil end
  for _, item in pairs(where) do
    if test.same(item, what) then return true end
  end
  return false
end, function(args)
  local where, what = show_short(args[1]), show_short(args[2])
  return {
    message = ("%s does not contain %s"):format(where, what),
    turned = ("%s contains %s"):format(where, what),
  }
end)

define("returned_arguments", 1, function(args) return args.n - 1 == args[1] end, function(args)
  return { message = ("%s arguments expected, got %d"):format(tostring(args[1]), args.n - 1) }
end)

-- The message of an error without the position in front of it.
local function bare(value)
  if type(value) ~= "string" then return value end
  return (value:gsub("^[^\n]-:%d+: ", "", 1))
end

local function raised(args)
  if args.raised == nil then
    local ok, value = pcall(args[1])
    args.raised = not ok
    args.value = value
  end
  return args.raised, args.value
end

local function error_says(args, what)
  local is_raised, value = raised(args)
  return {
    message = is_raised and ("the function raised %s, not %s"):format(show_short(value), what)
      or "the function raised no error",
    turned = ("the function raised %s"):format(show_short(value)),
  }
end

define("error errors", 1, function(args)
  local is_raised, value = raised(args)
  if not is_raised or args.n < 2 or args[2] == nil then return is_raised end
  return test.same(args[2], value) or test.same(args[2], bare(value))
end, function(args) return error_says(args, show_short(args[2])) end)

define("error_matches matches_error error_match match_error", 2, function(args)
  local is_raised, value = raised(args)
  if not is_raised then return false end
  if type(value) ~= "string" then
    local meta = getmetatable(value)
    if type(meta) ~= "table" or not meta.__tostring then return false end
    value = tostring(value)
  end
  return value:find(args[2], args[3] or 1, args[4]) ~= nil
end, function(args) return error_says(args, ("an error like %q"):format(tostring(args[2]))) end)

-- Words that say nothing, and words that turn an assertion round.
local FILLERS = { is = true, are = true, was = true, were = true, has = true, have = true,
  does = true, be = true, a = true, an = true, the = true }
local TURNERS = { ["not"] = true, Not = true, no = true, isnt = true }

local function run(turned, what, ...)
  local args = pack(...)
  if args.n < what.arity then
    error(("the assertion '%s' takes %d arguments, got %d"):format(what.name, what.arity, args.n),
      3)
  end
  local holds = what.holds(args)
  if holds == turned then
    local report = what.describe(args)
    if turned then
      report.message = report.turned or ("not " .. what.name .. " expected")
      report.expected, report.actual = nil, nil
    end
    local own = args[what.arity + 1]
    if type(own) == "string" and not what.name:find("match") and not what.name:find("error") then
      report.message = own .. ": " .. report.message
    end
    fail(report)
  end
  return ...
end

local extra = {}                   -- what `assert.spy(s)` and the like return
local chain

local function chained(turned, words)
  return setmetatable({ turned = turned, words = words }, chain)
end

-- Reads one more part of `assert.is_not.equal`: fillers, turners, and the assertion's own name.
local function step(turned, words, key)
  if type(key) ~= "string" then return nil end
  local name = words
  for word in key:gmatch("[^_]+") do
    if TURNERS[word] and name == "" then
      turned = not turned
    elseif not (FILLERS[word] and name == "") then
      name = name == "" and word or name .. "_" .. word
    end
  end
  local what = check[name]
  if what then
    return function(...) return run(turned, what, ...) end
  end
  return chained(turned, name)
end

chain = {
  __index = function(self, key) return step(rawget(self, "turned"), rawget(self, "words"), key) end,
  __call = function(self)
    error(("there is no assertion '%s'"):format(rawget(self, "words")), 2)
  end,
}

assert = setmetatable({}, {
  __call = function(_, ...)
    local value, message = ...
    if value then return ... end
    if select("#", ...) == 0 then return plain_assert(...) end
    if type(message) == "table" then error(message, 0) end
    fail { message = message == nil and "assertion failed!" or tostring(message) }
  end,
  __index = function(_, key)
    if extra[key] then return extra[key] end
    return step(false, "", key)
  end,
})

function extra.fail(message)
  fail { message = message == nil and "failed" or tostring(message) }
end

-- Adds an assertion of the file's own: `assert:register("assertion", name, holds, message)`.
function extra.register(_, kind, name, holds, message)
  if kind ~= "assertion" then return end
  define(name, 0, function(args) return holds({}, args) and true or false end, function(args)
    return {
      message = ("%s: %s"):format(message or name, show_short { unpack(args, 1, args.n) }),
    }
  end)
end

-- Spies: functions that remember their calls.

local Spy = {}

-- What a stub is to do may be said with a dot or with a colon.
local setters = {}

function Spy.__index(self, key)
  local setter = setters[key]
  if not setter then return rawget(Spy, key) end
  return function(...)
    if rawequal((...), self) then return setter(...) end
    return setter(self, ...)
  end
end

function Spy:__call(...)
  local call = { args = pack(...) }
  self.calls[#self.calls + 1] = call
  call.results = pack(self.callback(...))
  return unpack(call.results, 1, call.results.n)
end

function Spy:clear()
  self.calls = {}
  return self
end

function Spy:revert()
  if self.target then
    self.target[self.key] = self.original
    self.target = nil
  end
  return self
end

function setters.returns(self, ...)
  local results = pack(...)
  self.callback = function() return unpack(results, 1, results.n) end
  return self
end

function setters.invokes(self, callback)
  self.callback = callback
  return self
end

local function nothing() end

local function new_spy(callback, target, key, original)
  return setmetatable({ callback = callback, calls = {}, target = target, key = key,
    original = original }, Spy)
end

spy = setmetatable({
  new = function(callback) return new_spy(callback or nothing) end,
  on = function(target, key)
    local original = target[key]
    local made = new_spy(original, target, key, original)
    target[key] = made
    return made
  end,
  is_spy = function(value) return rawequal(getmetatable(value), Spy) end,
}, { __call = function(self, ...) return self.new(...) end })

stub = setmetatable({
  new = function(target, key, ...)
    if target == nil then return new_spy(nothing) end
    local original = target[key]
    local made = new_spy(nothing, target, key, original)
    if select("#", ...) > 0 then
      if type((...)) == "function" then made.callback = (...) else made.returns(...) end
    end
    target[key] = made
    return made
  end,
}, { __call = function(self, ...) return self.new(...) end })

-- Spies, or with `is_stubbed` stubs, in the place of all functions of a table.
function mock(target, is_stubbed)
  for key, value in pairs(target) do
    if type(value) == "function" then
      if is_stubbed then stub(target, key) else spy.on(target, key) end
    elseif type(value) == "table" and not spy.is_spy(value) then
      mock(value, is_stubbed)
    end
  end
  return target
end

local function matching(calls, part, wanted)
  local found = 0
  for _, call in ipairs(calls) do
    local got = call[part]
    local fits = got and got.n == wanted.n
    for index = 1, fits and wanted.n or 0 do
      fits = fits and test.same(wanted[index], got[index])
    end
    if fits then found = found + 1 end
  end
  return found
end

local function times(count)
  return count == 1 and "once" or ("%d times"):format(count)
end

local function list(args)
  local texts = {}
  for index = 1, args.n do texts[index] = show_short(args[index]) end
  return "(" .. table.concat(texts, ", ") .. ")"
end

local about = {}
function about.called(self, count)
  local calls = #self.calls
  if count == nil then return calls > 0, "the spy was never called", "the spy was called" end
  return calls == count, ("the spy was called %s, not %s"):format(times(calls), times(count)),
    ("the spy was called %s"):format(times(calls))
end
function about.called_at_least(self, count)
  return #self.calls >= count, ("the spy was called %s, at least %s expected")
    :format(times(#self.calls), times(count))
end
function about.called_at_most(self, count)
  return #self.calls <= count, ("the spy was called %s, at most %s expected")
    :format(times(#self.calls), times(count))
end
function about.called_more_than(self, count)
  return #self.calls > count, ("the spy was called %s, more than %s expected")
    :format(times(#self.calls), times(count))
end
function about.called_less_than(self, count)
  return #self.calls < count, ("the spy was called %s, less than %s expected")
    :format(times(#self.calls), times(count))
end
function about.called_with(self, ...)
  local wanted = pack(...)
  local texts = {}
  for index, call in ipairs(self.calls) do texts[index] = list(call.args) end
  local calls = #texts == 0 and "it was never called" or "its calls: " .. table.concat(texts, ", ")
  return matching(self.calls, "args", wanted) > 0,
    ("the spy was not called with %s; %s"):format(list(wanted), calls),
    ("the spy was called with %s"):format(list(wanted))
end
function about.returned_with(self, ...)
  local wanted = pack(...)
  return matching(self.calls, "results", wanted) > 0,
    ("the spy did not return %s"):format(list(wanted)),
    ("the spy returned %s"):format(list(wanted))
end

local function about_spy(made)
  if not spy.is_spy(made) then
    error(("a spy expected, got %s"):format(show_short(made)), 2)
  end
  local function part(turned)
    return setmetatable({}, { __index = function(_, key)
      local name = key:gsub("^was_", ""):gsub("^has_", "")
      local now = turned
      if name:find("^not_") then name, now = name:sub(5), not turned end
      if about[name] then
        return function(...)
          local holds, message, opposite = about[name](made, ...)
          if holds == now then
            fail { message = now and (opposite or "not expected: " .. name) or message }
          end
        end
      end
      if name == "was_not" or name == "not" or name == "no" or name == "has_no" then
        return part(not turned)
      end
      return part(turned)
    end })
  end
  return part(false)
end

extra.spy, extra.stub = about_spy, about_spy

-- Matchers: stand for a value in `same` and `called_with`.

local Matcher = { __name = "matcher", __tostring = function(self) return self.name end }

function test.is_matcher(value)
  return type(value) == "table" and rawequal(getmetatable(value), Matcher)
end

local function matcher(name, accepts)
  return setmetatable({ name = name, accepts = accepts }, Matcher)
end

match = setmetatable({ _ = matcher("match._", function() return true end) }, {
  __index = function(_, key)
    local turned, name = false, ""
    for word in key:gmatch("[^_]+") do
      if TURNERS[word] then
        turned = not turned
      elseif not FILLERS[word] then
        name = name == "" and word or name .. "_" .. word
      end
    end
    local what = check[name]
    if not what then return nil end
    return function(...)
      local given = pack(...)
      return matcher("match." .. key, function(value)
        local args = pack(unpack(given, 1, given.n))
        args.n = args.n + 1
        args[args.n] = value
        return what.holds(args) ~= turned
      end)
    end
  end,
})
