-- Every function and value of sections 6.1 to 6.10 of the manual, and what other kinds there are.
local function show(name, fields)
  local names = {}
  for key, value in pairs(fields) do
    local kind = math.type(value) or type(value)
    -- `debug.context` is our own.
    if key ~= "context" and key ~= "arg" then
      names[#names + 1] = kind == "function" and key or key .. " (" .. kind .. ")"
    end
  end
  table.sort(names)
  for first = 1, #names, 5 do
    local last = math.min(first + 4, #names)
    print((first == 1 and name or "...") .. ": " .. table.concat(names, " ", first, last))
  end
end
show("_G", _G)
local libraries = "coroutine debug io math os package string table utf8"
for name in libraries:gmatch("%w+") do
  show(name, _G[name])
end
show("files", getmetatable(io.stdout).__index)
show("metatable of files", getmetatable(io.stdout))
show("metatable of strings", getmetatable(""))
--> _G: _G (table) _VERSION (string) assert collectgarbage coroutine (table)
--> ...: debug (table) dofile error getmetatable io (table)
--> ...: ipairs load loadfile math (table) next
--> ...: os (table) package (table) pairs pcall print
--> ...: rawequal rawget rawlen rawset require
--> ...: select setmetatable string (table) table (table) tonumber
--> ...: tostring type utf8 (table) warn xpcall
--> coroutine: close create isyieldable resume running
--> ...: status wrap yield
--> debug: debug gethook getinfo getlocal getmetatable
--> ...: getregistry getupvalue getuservalue setcstacklimit sethook
--> ...: setlocal setmetatable setupvalue setuservalue traceback
--> ...: upvalueid upvaluejoin
--> io: close flush input lines open
--> ...: output popen read stderr (userdata) stdin (userdata)
--> ...: stdout (userdata) tmpfile type write
--> math: abs acos asin atan atan2
--> ...: ceil cos cosh deg exp
--> ...: floor fmod frexp huge (float) ldexp
--> ...: log log10 max maxinteger (integer) min
--> ...: mininteger (integer) modf pi (float) pow rad
--> ...: random randomseed sin sinh sqrt
--> ...: tan tanh tointeger type ult
--> os: clock date difftime execute exit
--> ...: getenv remove rename setlocale time
--> ...: tmpname
--> package: config (string) cpath (string) loaded (table) loadlib path (string)
--> ...: preload (table) searchers (table) searchpath
--> string: byte char dump find format
--> ...: gmatch gsub len lower match
--> ...: pack packsize rep reverse sub
--> ...: unpack upper
--> table: concat insert move pack remove
--> ...: sort unpack
--> utf8: char charpattern (string) codepoint codes len
--> ...: offset
--> files: close flush lines read seek
--> ...: setvbuf write
--> metatable of files: __close __gc __index (table) __name (string) __tostring
--> metatable of strings: __add __div __idiv __index (table) __mod
--> ...: __mul __pow __sub __unm
