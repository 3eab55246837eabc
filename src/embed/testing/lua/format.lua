-- Values as text, for the messages of failed assertions.

local test = package.loaded["lunette.test"]
local type, tostring, getmetatable, math = type, tostring, getmetatable, math

local DEPTH_MAX, ITEMS_MAX = 8, 200
local RANK = { number = 1, string = 2, boolean = 3 }

local function key_before(a, b)
  local type_a, type_b = type(a), type(b)
  if type_a ~= type_b then
    return (RANK[type_a] or 4) < (RANK[type_b] or 4)
  end
  if type_a == "number" or type_a == "string" then return a < b end
  return tostring(a) < tostring(b)
end

local function scalar(value)
  if type(value) == "string" then
    return (("%q"):format(value):gsub("\\\n", "\\n"):gsub("\t", "\\t"))
  end
  if math.type(value) == "float" and value == math.floor(value) and value - value == 0 then
    return ("%.14g"):format(value):find("[%.eE]") and ("%.14g"):format(value)
      or ("%.1f"):format(value)
  end
  return tostring(value)
end

local function key_text(key)
  if type(key) == "string" and key:find("^[%a_][%w_]*$") then return key end
  return "[" .. scalar(key) .. "]"
end

local function write(value, indent, open, out)
  if type(value) ~= "table" then
    out[#out + 1] = scalar(value)
    return
  end
  if open[value] then
    out[#out + 1] = "(the table around it)"
    return
  end
  if #indent / 2 >= DEPTH_MAX then
    out[#out + 1] = "{ ... }"
    return
  end
  if next(value) == nil then
    out[#out + 1] = "{}"
    return
  end
  open[value] = true
  local inner = indent .. "  "
  local length, listed = #value, 0
  out[#out + 1] = "{\n"
  local function field(text, item)
    listed = listed + 1
    if listed > ITEMS_MAX then return end
    out[#out + 1] = inner .. text
    write(item, inner, open, out)
    out[#out + 1] = ",\n"
  end
  for index = 1, length do
    field("", rawget(value, index))
  end
  local keys = {}
  for key in next, value do
    if not (math.type(key) == "integer" and key >= 1 and key <= length) then
      keys[#keys + 1] = key
    end
  end
  table.sort(keys, key_before)
  for _, key in ipairs(keys) do
    field(key_text(key) .. " = ", rawget(value, key))
  end
  if listed > ITEMS_MAX then
    out[#out + 1] = ("%s... and %d more\n"):format(inner, listed - ITEMS_MAX)
  end
  out[#out + 1] = indent .. "}"
  open[value] = nil
end

-- A value as a person would write it, tables over several lines with their keys in order.
function test.show(value)
  local out = {}
  write(value, "", {}, out)
  return table.concat(out)
end

-- The same on one line, for lists of arguments.
function test.show_short(value)
  local text = test.show(value):gsub("%s*\n%s*", " "):gsub(", }", " }")
  return text
end

-- Whether two values are the same all the way down.
local function same(a, b, pairs_seen)
  if rawequal(a, b) then return true end
  if test.is_matcher(a) then return a.accepts(b) end
  if test.is_matcher(b) then return b.accepts(a) end
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  local meta_a, meta_b = getmetatable(a), getmetatable(b)
  if type(meta_a) == "table" and rawequal(meta_a, meta_b) and meta_a.__eq then return a == b end
  local seen = pairs_seen[a]
  if seen and seen[b] then return true end
  if not seen then
    seen = {}
    pairs_seen[a] = seen
  end
  seen[b] = true
  for key, value in next, a do
    if not same(value, rawget(b, key), pairs_seen) then return false end
  end
  for key in next, b do
    if rawget(a, key) == nil then return false end
  end
  return true
end

function test.same(a, b)
  return same(a, b, {})
end
