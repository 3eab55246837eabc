-- lunette run examples/json_pretty.lua examples/data/sample.json
--
-- Reads a JSON document and writes it back indented, or says where it is wrong.
--
--   json_pretty.lua [--compact] [--sort] [--indent N] [FILE]
--
-- FILE is - or absent for standard input. Numbers and strings are written exactly as they were
-- read, and the members of an object stay in their order unless --sort is given.

local DEPTH_MAX = 200 -- levels of nesting

-- Ends the program with a message and a status: 1 for bad data, 2 for bad usage.
local function fail(status, message)
  local line = "json_pretty: " .. message .. "\n"
  if io.stderr then io.stderr:write(line) else io.write(line) end
  os.exit(status)
end

---------------------------------------------------------------------------------------------
-- Parser. A value becomes a node: { kind = "object", keys, values }, { kind = "array", items },
-- or { kind = "text", text } for everything that has no parts.
---------------------------------------------------------------------------------------------

local Parser = {}
Parser.__index = Parser

function Parser.new(source) return setmetatable({ source = source, at = 1, depth = 0 }, Parser) end

-- Line and column of a byte, both from 1; only errors need them.
function Parser:position(at)
  local line, start = 1, 1
  while true do
    local newline = self.source:find("\n", start, true)
    if not newline or newline >= at then return line, at - start + 1 end
    line, start = line + 1, newline + 1
  end
end

function Parser:fail(message, at)
  local line, column = self:position(at or self.at)
  error({ line = line, column = column, message = message }, 0)
end

-- What stands at the current byte, for messages.
function Parser:found()
  local c = self.source:sub(self.at, self.at)
  if c == "" then return "the end of the text" end
  if c:match("%a") then return "'" .. self.source:match("^%w+", self.at) .. "'" end
  if c:match("%c") then return ("the control character %d"):format(c:byte()) end
  return "'" .. c .. "'"
end

function Parser:skip_space() self.at = self.source:match("^[ \t\r\n]*()", self.at) end

function Parser:accept(c)
  if self.source:sub(self.at, self.at) ~= c then return false end
  self.at = self.at + 1
  return true
end

function Parser:enter(opening)
  self.depth = self.depth + 1
  if self.depth > DEPTH_MAX then
    self:fail(("more than %d levels of nesting"):format(DEPTH_MAX), opening)
  end
end

-- Checks a string and returns it with its quotes and escapes, as it stands.
function Parser:string()
  local source, start = self.source, self.at
  local at = start + 1
  while true do
    at = source:find('["\\%c]', at)
    if not at then self:fail("this string has no end", start) end
    local c = source:sub(at, at)
    if c == '"' then break end
    if c == "\\" then
      if source:find('^["\\/bfnrt]', at + 1) then
        at = at + 2
      elseif source:find("^u%x%x%x%x", at + 1) then
        at = at + 6
      else
        self:fail("bad escape '" .. source:match("^\\u?.?", at) .. "' in a string", at)
      end
    elseif c == "\127" then
      at = at + 1
    elseif c == "\n" then
      self:fail("a string may not run over the end of a line", start)
    else
      self:fail(("control character %d in a string must be escaped"):format(c:byte()), at)
    end
  end
  self.at = at + 1
  return source:sub(start, at)
end

function Parser:number()
  local source, start = self.source, self.at
  local at = source:match("^%-?0()", start) or source:match("^%-?[1-9]%d*()", start)
  if not at then self:fail("a minus sign needs a digit after it") end
  if source:find("^%d", at) then self:fail("a number may not begin with 0", start) end
  if source:find("^%.", at) then
    at = source:match("^%.%d+()", at) or self:fail("a decimal point needs a digit after it", at)
  end
  if source:find("^[eE]", at) then
    at = source:match("^[eE][%+%-]?%d+()", at) or self:fail("an exponent needs a digit", at)
  end
  self.at = at
  return source:sub(start, at - 1)
end

function Parser:array()
  local opening, items = self.at, {}
  self:enter(opening)
  self.at = opening + 1
  self:skip_space()
  if not self:accept("]") then
    repeat
      items[#items + 1] = self:value()
      self:skip_space()
    until not self:accept(",")
    if not self:accept("]") then self:fail("expected ',' or ']' but found " .. self:found()) end
  end
  self.depth = self.depth - 1
  return { kind = "array", items = items }
end

function Parser:member(keys, values)
  self:skip_space()
  if self.source:sub(self.at, self.at) ~= '"' then
    self:fail("expected a key in double quotes but found " .. self:found())
  end
  keys[#keys + 1] = self:string()
  self:skip_space()
  if not self:accept(":") then self:fail("expected ':' after a key but found " .. self:found()) end
  values[#values + 1] = self:value()
  self:skip_space()
end

function Parser:object()
  local opening, keys, values = self.at, {}, {}
  self:enter(opening)
  self.at = opening + 1
  self:skip_space()
  if not self:accept("}") then
    repeat self:member(keys, values) until not self:accept(",")
    if not self:accept("}") then self:fail("expected ',' or '}' but found " .. self:found()) end
  end
  self.depth = self.depth - 1
  return { kind = "object", keys = keys, values = values }
end

function Parser:value()
  self:skip_space()
  local c = self.source:sub(self.at, self.at)
  if c == "{" then return self:object() end
  if c == "[" then return self:array() end
  if c == '"' then return { kind = "text", text = self:string() } end
  if c:find("^[%d%-]") then return { kind = "text", text = self:number() } end
  local word = self.source:match("^%a+", self.at)
  if word == "true" or word == "false" or word == "null" then
    self.at = self.at + #word
    return { kind = "text", text = word }
  end
  self:fail("expected a value but found " .. self:found())
end

function Parser:document()
  if self.source:sub(1, 3) == "\xEF\xBB\xBF" then self.at = 4 end
  local node = self:value()
  self:skip_space()
  if self.at <= #self.source then
    self:fail("expected nothing after the document but found " .. self:found())
  end
  return node
end

---------------------------------------------------------------------------------------------
-- Writer
---------------------------------------------------------------------------------------------

-- The indices of an object's members in the order they are to be written.
local function member_order(node, sorted)
  local order = {}
  for i = 1, #node.keys do order[i] = i end
  if sorted then
    table.sort(order, function(a, b)
      if node.keys[a] ~= node.keys[b] then return node.keys[a] < node.keys[b] end
      return a < b
    end)
  end
  return order
end

local function write(node, options, out, margin)
  if node.kind == "text" then
    out[#out + 1] = node.text
    return
  end
  local is_array = node.kind == "array"
  local children = is_array and node.items or node.values
  local opening, closing = is_array and "[" or "{", is_array and "]" or "}"
  if #children == 0 then
    out[#out + 1] = opening .. closing
    return
  end
  local inner = margin .. options.indent
  local order = not is_array and member_order(node, options.sort)
  out[#out + 1] = opening .. options.newline
  for position = 1, #children do
    local index = order and order[position] or position
    if position > 1 then out[#out + 1] = "," .. options.newline end
    out[#out + 1] = inner
    if order then out[#out + 1] = node.keys[index] .. options.colon end
    write(children[index], options, out, inner)
  end
  out[#out + 1] = options.newline .. margin .. closing
end

---------------------------------------------------------------------------------------------
-- Command line
---------------------------------------------------------------------------------------------

local USAGE = "usage: json_pretty.lua [--compact] [--sort] [--indent N] [FILE]"

local function parse_arguments(arguments)
  local options = { indent = "  ", newline = "\n", colon = ": ", sort = false }
  local path, i = nil, 1
  while arguments[i] do
    local argument = arguments[i]
    if argument == "-h" or argument == "--help" then
      io.write(USAGE, "\n")
      os.exit(0)
    elseif argument == "--compact" then
      options.indent, options.newline, options.colon = "", "", ":"
    elseif argument == "--sort" then
      options.sort = true
    elseif argument == "--indent" then
      i = i + 1
      local width = math.tointeger(tonumber(arguments[i] or ""))
      if not width or width < 0 or width > 16 then
        fail(2, "--indent needs a whole number from 0 to 16")
      end
      options.indent = (" "):rep(width)
    elseif argument:find("^%-.") then
      fail(2, "unknown option " .. argument .. "; " .. USAGE)
    elseif path then
      fail(2, "only one file, please; " .. USAGE)
    else
      path = argument
    end
    i = i + 1
  end
  return options, path or "-"
end

local function read_all(path)
  local pieces = {}
  local ok, problem = pcall(function()
    local lines = path == "-" and io.lines(nil, "L") or io.lines(path, "L")
    for line in lines do pieces[#pieces + 1] = line end
  end)
  if not ok then fail(1, "cannot read: " .. tostring(problem):gsub("^[^:]*%.lua:%d+: ", "")) end
  return table.concat(pieces)
end

local options, path = parse_arguments(arg or {})
local parser = Parser.new(read_all(path))
local ok, result = pcall(parser.document, parser)
if not ok then
  if type(result) ~= "table" then error(result, 0) end
  local name = path == "-" and "standard input" or path
  fail(1, ("%s:%d:%d: %s"):format(name, result.line, result.column, result.message))
end
local out = {}
write(result, options, out, "")
io.write(table.concat(out), "\n")
