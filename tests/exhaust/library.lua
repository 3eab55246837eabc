-- Every function of the libraries, and every kind of object, in one go. What it prints depends on
-- nothing outside; files are in memory. It ends by `os.exit`.
local function show(...) print(select("#", ...), ...) end
local long = ("a long string, longer than a short one; "):rep(3)

-- base
show(type(nil), type(print), tostring(12), tostring(1.5), tonumber("0x10"), tonumber("zz", 36))
show(rawequal(long, long), rawlen({1, 2}), rawget({x = 5}, "x"), rawset({}, "k", long).k)
show(select(-1, 1, 2, 3), next({10}), ipairs({}) == ipairs({}), (pairs({})) == next)
local meta = setmetatable({}, {__index = function(_, k) return k .. "!" end, __len = function() return 7 end,
  __tostring = function() return "an object with a name of its own" end, __call = function(_, a) return a end,
  __add = function(a, b) return "sum" end, __concat = function(a, b) return "joined" end,
  __eq = function() return true end, __lt = function() return true end, __le = function() return false end,
  __unm = function() return "minus" end, __close = function(_, e) if not e then print("closed") end end})
show(meta.field, #meta, tostring(meta), meta(3), meta + 1, meta .. "x", meta < meta, meta <= meta, -meta)
show(getmetatable("").__index == string, getmetatable(meta) ~= nil, _VERSION, collectgarbage("step"))
show(collectgarbage("count") > 0, collectgarbage("isrunning"), collectgarbage())
show(assert(load("local a, b = ... return b, a, function() return a end"))(1, 2))
show(assert(load(function() return nil end)) ~= nil, load("x ="))
show(assert(load("return ...", "=named", "t", {}))(long))
show(pcall(error, "message", 0))
show(xpcall(error, function(m) return m end, long))
show(pcall(dofile, "/no such file"))
show(loadfile("/no such file"))
warn("@off")
warn("unheard")

-- string
show(string.byte(long, 1, 3), string.char(65, 66), string.len(long), string.lower("ABC" .. long), string.upper(long))
show(string.sub(long, 5, 30), string.rep("ab", 20, "-"), string.reverse(long))
show(string.format("%5d|%-8s|%q|%g|%x|%a|%s|%i|%c|%%", 42, "left", long, 1e100, 255, 0.5, meta, 3, 65))
show(string.find(long, "(str)(ing)"), string.match(long, "%a+ing"), string.gsub(long, "%a+", string.upper))
show(string.gsub(long, "(%a)(%a*)", "%2%1", 3), string.gsub("x y z", "%a", {x = "table"}))
for word, at in string.gmatch(long, "(%a+)()") do if at > 30 then break end show(word, at) end
show(string.unpack("<i4 z s1", string.pack("<i4 z s1", 7, "zero", "short")), string.packsize("<i4 i8"))
show("10" + 5, "3" * "4", 10 .. 20, -"2", "7" // 2, "7" % 4, 2 ^ "3")
show(pcall(string.dump, print))

-- table
local list = {5, 3, 9, 1, 7, 2, 8}
table.sort(list)
table.sort(list, function(a, b) return a > b end)
table.insert(list, 99)
table.insert(list, 1, long)
show(table.concat(list, ", "), table.remove(list), table.remove(list, 1), table.unpack(list, 1, 3))
show(table.pack(1, nil, 3).n, #table.move({1, 2, 3}, 1, 3, 2), table.unpack({1, 2}))
local record = {}
for i = 1, 40 do record["key" .. i] = {i, tostring(i)} record[i] = i * 1.5 end
for key in pairs(record) do if type(key) == "number" and key % 2 == 0 then record[key] = nil end end
local sum = 0
for _, value in pairs(record) do sum = sum + (tonumber(value) or 1) end
show(sum, #record > 0)

-- math
show(math.abs(-5), math.ceil(1.5), math.floor(-1.5), math.sqrt(16), math.max(1, 5), math.min(2, 1), math.fmod(7, 3))
show(math.modf(3.5), math.tointeger(3.0), math.type(1), math.ult(1, -1), math.pi > 3, math.huge, math.maxinteger)
show(math.sin(0), math.cos(0), math.tan(0), math.asin(0), math.acos(1), math.atan(0, 1), math.exp(0), math.log(8, 2))
show(math.deg(0), math.rad(0), math.mininteger, math.pow(2, 3), math.sinh(0), math.cosh(0), math.tanh(0))
show(math.atan2(0, 1), math.log10(100), math.ldexp(1, 4), math.frexp(8))
math.randomseed(7)
show(math.random(1, 6) <= 6, math.random() < 1, math.random(0) ~= nil)

-- utf8
show(utf8.char(233, 8364), utf8.charpattern, utf8.codepoint("é€", 1, -1), utf8.len("é€"), utf8.offset("é€", 2))
for at, code in utf8.codes("é€" .. long) do if at > 5 then break end show(at, code) end

-- os and io
show(type(os.time()), os.time({year = 2020, month = 1, day = 1, hour = 12}) > 0, os.date("!%Y-%m-%d", 0))
show(os.date("!*t", 86400).day, os.clock() >= 0, os.difftime(5, 3), os.getenv("no such variable"))
local name = os.tmpname()
local made = assert(io.open(name, "w"))
show(made:write("return ..., ", 12, ", '", long, "'\n"), made:close())
show(os.rename(name, name .. ".lua"), os.rename(name, "another name"))
show(assert(loadfile(name .. ".lua"))(long), dofile(name .. ".lua"))
for line in io.lines(name .. ".lua", "L") do show(line) end
show(os.remove(name .. ".lua"), os.remove(name))
show(os.execute(), os.execute("some command"), os.setlocale("C"), os.setlocale("no locale"))
local process = assert(io.popen("some command", "r"))
show(process:read("l", "a"), process:close())
io.write("written ", 1, " ", 2.5, "\n")
show(io.read("n"), io.read("l"), io.read(0), io.read("a"), io.type(io.stdout), tostring(io.stdout) ~= nil)
io.stdout:write("through the method", "\n")
for line in io.lines() do show(line) end
show(io.output() == io.stdout, io.input() == io.stdin, debug.debug())
io.flush()
io.stdout:flush()
io.output():setvbuf("no")

local file = assert(io.tmpfile())
show(io.type(file), file:write(long, "\n", 12, "\n") == file, file:seek("set", 0))
for line, number in file:lines("l", "n") do show(line, number) break end
show(file:seek("cur"), file:read("a"), file:setvbuf("full", 64), file:flush() == file)
show(io.close(file), io.type(file), io.open("/no such directory/file"))
do local closed <close> = io.tmpfile() show(tostring(closed):match("^file") ~= nil) end

-- debug and require
local function inspected(first, ...) local second = long return debug.getinfo(1, "nSlutf"), debug.getlocal(1, 1) end
show(inspected(5).nparams, (debug.getlocal(inspected, 1)))
show(debug.getupvalue(inspected, 1), debug.setupvalue(inspected, 1, long), debug.upvalueid(inspected, 1) ~= nil)
local one, two = 1, 2
local function get_one() return one end
local function get_two() return two end
debug.upvaluejoin(get_one, 1, get_two, 1)
show(get_one(), debug.getmetatable("").__index == string, debug.setmetatable(10, nil), type(debug.getregistry()))
show(debug.getuservalue(io.stdout, 1), debug.setuservalue(io.stdout, nil, 1) == io.stdout)
show(debug.context("a note", select, 2, long, 5))
show(#debug.traceback(long) > #long, debug.traceback({}) ~= nil, debug.setcstacklimit(200))
local counted = 0
debug.sethook(function() counted = counted + 1 end, "l")
show(debug.gethook() ~= nil)
debug.sethook()
do local changed = 1 show(debug.setlocal(1, 1, show) ~= nil, counted > 0) end
package.preload["a module that is loaded by hand"] = function(name) return {name = name} end
show(require("a module that is loaded by hand").name, package.searchpath("none", "./?.no"))
show(pcall(require, "no such module"), package.loadlib("no such library", "f"))

-- coroutines, closures, upvalues, variables to be closed
local function generator(n)
  return coroutine.wrap(function()
    local kept <close> = meta
    for i = 1, n do coroutine.yield(i, long .. i) end
    return "done"
  end)
end
local step = generator(2)
show(step()) show(step()) show(step())
local co = coroutine.create(function(a) local b = coroutine.yield(a + 1) error("from inside " .. b) end)
show(coroutine.resume(co, 1)) show(coroutine.status(co), coroutine.isyieldable(), coroutine.running() ~= nil)
show(coroutine.resume(co, "here")) show(coroutine.close(co), coroutine.status(co))
show(coroutine.close(coroutine.create(print)))
local function deep(n) if n == 0 then return 0 end return 1 + deep(n - 1) end
show(deep(300))
local function spread(...) local t = {...} return select("#", ...), #t, ... end
show(spread(table.unpack(list)))
do
  local closures = {}
  for i = 1, 5 do local up = i closures[i] = function() up = up + 1 return up end end
  show(closures[1](), closures[1](), closures[5]())
end
goto done
print("never")
::done::
print(("x"):rep(70000):len(), #table.concat({("y"):rep(40000), ("z"):rep(40000)}))
os.exit(3, true)
