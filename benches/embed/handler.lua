-- A request handler as a server would have it: splits path and query, finds a route, validates its
-- inputs, builds a reply and writes it as JSON. Defines the global functions `handle` and `fail`.

local find, sub, byte, format, rep = string.find, string.sub, string.byte, string.format, string.rep
local gsub, concat, type = string.gsub, table.concat, type

local routes = {
    ["GET /"] = "index",
    ["GET /users"] = "users",
    ["GET /users/:id"] = "user",
    ["GET /orders"] = "orders",
    ["GET /orders/:id"] = "order",
    ["POST /orders"] = "create_order",
    ["GET /health"] = "health",
    ["DELETE /orders/:id"] = "delete_order",
}

local escapes = {['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t"}

local function quote(text)
    if find(text, '[%c"\\]') then
        text = gsub(text, '[%c"\\]', escapes)
    end
    return '"' .. text .. '"'
end

local function encode(value, out, n)
    local kind = type(value)
    if kind == "string" then
        out[n + 1] = quote(value)
        return n + 1
    elseif kind == "table" then
        if #value > 0 then
            out[n + 1] = "["
            n = n + 1
            for index = 1, #value do
                if index > 1 then
                    out[n + 1] = ","
                    n = n + 1
                end
                n = encode(value[index], out, n)
            end
            out[n + 1] = "]"
            return n + 1
        end
        local keys = value.__order
        out[n + 1] = "{"
        n = n + 1
        for index = 1, #keys do
            local key = keys[index]
            out[n + 1] = (index > 1 and ',"' or '"') .. key .. '":'
            n = encode(value[key], out, n + 1)
        end
        out[n + 1] = "}"
        return n + 1
    end
    out[n + 1] = tostring(value)
    return n + 1
end

local function split_path(path)
    local parts, count, start = {}, 0, 2
    while true do
        local slash = find(path, "/", start, true)
        count = count + 1
        parts[count] = sub(path, start, (slash or 0) - 1)
        if not slash then return parts, count end
        start = slash + 1
    end
end

local function split_query(query)
    local fields = {}
    for name, value in query:gmatch("([^&=]+)=([^&=]*)") do
        fields[name] = value
    end
    return fields
end

local function number(fields, name, least, most)
    local value = math.tointeger(tonumber(fields[name]))
    if not value or value < least or value > most then
        error(format("field '%s' must be a number from %d to %d", name, least, most), 0)
    end
    return value
end

local function choice(fields, name, choices)
    local value = fields[name]
    if not choices[value] then error("field '" .. name .. "' is not known", 0) end
    return value
end

local sorts = {name = true, price = true, date = true}
local languages = {de = true, en = true, fr = true}
local order = {
    "status", "route", "id", "page", "limit", "sort", "language", "query", "ok", "total", "items",
}
local item_order = {"id", "name", "price"}

local function validate(id, fields)
    local page = number(fields, "page", 1, 1000)
    local limit = number(fields, "limit", 1, 100)
    local sort = choice(fields, "sort", sorts)
    local language = choice(fields, "lang", languages)
    local query = fields.q
    if not query or #query > 40 then error("field 'q' is too long", 0) end
    id = math.tointeger(tonumber(id))
    if not id then error("the id must be a number", 0) end
    return id, page, limit, sort, language, query
end

function handle(method, path, query)
    local parts, count = split_path(path)
    local pattern = method .. " /" .. parts[1]
    if count == 2 then pattern = pattern .. "/:id" end
    local route = routes[pattern]
    if not route then error("no such route", 0) end
    local id, page, limit, sort, language, text = validate(parts[2], split_query(query))
    local items = {}
    for index = 1, 4 do
        items[index] = {
            __order = item_order,
            id = id * 10 + index,
            name = "item number " .. index .. " of the order \"" .. id .. '"',
            price = index * 12.5,
        }
    end
    local reply = {
        __order = order,
        status = 200,
        route = route,
        id = id,
        page = page,
        limit = limit,
        sort = sort,
        language = language,
        query = text,
        ok = true,
        total = #items,
        items = items,
    }
    local out = {}
    local n = encode(reply, out, 0)
    return concat(out, "", 1, n)
end

-- The same, failing five calls deep.
local function deep(n, ...)
    if n == 0 then
        local fields = split_query((select(3, ...)))
        fields.page = "none"
        return validate("42", fields)
    end
    return (deep(n - 1, ...))
end

function fail(method, path, query)
    local parts = split_path(path)
    return (deep(4, method, parts[1], query))
end

function add(a, b) return a + b end

-- Calls a host function of two integers, and one of a string, `n` times.
function call_host(f, n)
    local sum = 0
    for i = 1, n do sum = f(sum, i) end
    return sum
end

function call_host_text(f, text, n)
    local sum = 0
    for i = 1, n do sum = sum + f(text) end
    return sum
end
