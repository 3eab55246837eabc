-- JSON written and read back by plain Lua: patterns, buffers, nested tables.
-- quick size: 2
local n = tonumber(arg and arg[1]) or 350

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t" }
local unescapes = { ['"'] = '"', ["\\"] = "\\", ["/"] = "/", n = "\n", t = "\t", r = "\r" }

local function encode(value, out)
  local kind = type(value)
  if kind == "table" then
    if value[1] ~= nil then
      out[#out + 1] = "["
      for i, item in ipairs(value) do
        if i > 1 then out[#out + 1] = "," end
        encode(item, out)
      end
      out[#out + 1] = "]"
    else
      local keys = {}
      for key in pairs(value) do keys[#keys + 1] = key end
      table.sort(keys)
      out[#out + 1] = "{"
      for i, key in ipairs(keys) do
        if i > 1 then out[#out + 1] = "," end
        encode(key, out)
        out[#out + 1] = ":"
        encode(value[key], out)
      end
      out[#out + 1] = "}"
    end
  elseif kind == "string" then
    out[#out + 1] = '"' .. value:gsub('["\\\n\t]', escapes) .. '"'
  else
    out[#out + 1] = tostring(value)
  end
end

local decode_value

local function skip(s, i) return s:match("^%s*()", i) end

local function decode_string(s, i)
  local stop = s:find('["\\]', i)
  if s:byte(stop) == 34 then return s:sub(i, stop - 1), stop + 1 end
  local parts = {}
  while true do
    parts[#parts + 1] = s:sub(i, stop - 1)
    if s:byte(stop) == 34 then return table.concat(parts), stop + 1 end
    parts[#parts + 1] = unescapes[s:sub(stop + 1, stop + 1)]
    i = stop + 2
    stop = s:find('["\\]', i)
  end
end

local function decode_array(s, i)
  local array, item = {}, nil
  i = skip(s, i)
  if s:sub(i, i) == "]" then return array, i + 1 end
  while true do
    item, i = decode_value(s, i)
    array[#array + 1] = item
    i = skip(s, i)
    if s:sub(i, i) == "]" then return array, i + 1 end
    i = i + 1
  end
end

local function decode_object(s, i)
  local object, key = {}, nil
  i = skip(s, i)
  if s:sub(i, i) == "}" then return object, i + 1 end
  while true do
    key, i = decode_string(s, skip(s, i) + 1)
    object[key], i = decode_value(s, skip(s, i) + 1)
    i = skip(s, i)
    if s:sub(i, i) == "}" then return object, i + 1 end
    i = i + 1
  end
end

function decode_value(s, i)
  i = skip(s, i)
  local c = s:sub(i, i)
  if c == "{" then return decode_object(s, i + 1) end
  if c == "[" then return decode_array(s, i + 1) end
  if c == '"' then return decode_string(s, i + 1) end
  local word, stop = s:match("^([%w%+%-%.]+)()", i)
  if word == "true" then return true, stop end
  if word == "false" then return false, stop end
  return tonumber(word), stop
end

local document = { title = 'a "quoted" title\nwith two lines', items = {} }
for i = 1, 60 do
  document.items[i] = {
    id = i, name = "item\t" .. i, price = i * 1.25, active = i % 2 == 0,
    tags = { "t" .. i % 7, "all", 'q"' .. i }, nested = { depth = { value = -i } },
  }
end

local length, text = 0, nil
for _ = 1, n do
  local out = {}
  encode(document, out)
  text = table.concat(out)
  length = length + #text
  document = decode_value(text, 1)
end
local out = {}
encode(document, out)
print(length, table.concat(out) == text)
local items = document.items
print(#items, items[60].name, items[3].nested.depth.value, document.title)
