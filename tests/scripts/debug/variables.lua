-- Local variables, upvalues and what a function is.
local function f(a, b, ...)
  local c <const>, d = 3, a + b
  do local hidden = 1 end
  local names = {}
  for i = 1, 10 do
    local name, value = debug.getlocal(1, i)
    if not name then break end
    if name ~= "(temporary)" then names[#names + 1] = name .. "=" .. tostring(value):match("^%w+") end
  end
  print(table.concat(names, " "))
  print(debug.getlocal(1, -1), debug.getlocal(1, -2), debug.getlocal(1, -3))
  print(debug.setlocal(1, 1, "set"), a, debug.setlocal(1, -2, "extra"), ...)
  return d
end
f(1, 2, "x", "y")
print(debug.getlocal(f, 1), debug.getlocal(f, 2), debug.getlocal(f, 3), debug.getlocal(print, 1))
print(pcall(debug.getlocal, 50, 1))
print(pcall(debug.setlocal, 50, 1, 1))
for i = 1, 1 do print((debug.getlocal(1, 3)), (debug.getlocal(1, 4)), (debug.getlocal(1, 5))) end
for k in pairs({ 1 }) do
  local names = {}
  for i = 1, 9 do names[i] = debug.getlocal(1, i) end
  print(table.concat(names, " "))
  print(debug.getlocal(1, 6))
end
local x, y = 1, 2
local function g() x = x + 1 return x end
local function h() return x, y end
print(debug.getupvalue(g, 1), debug.getupvalue(h, 2), debug.getupvalue(g, 2))
print(debug.setupvalue(g, 1, 40), g(), x, debug.setupvalue(g, 2, 1))
print(debug.upvalueid(g, 1) == debug.upvalueid(h, 1), debug.upvalueid(g, 1) == debug.upvalueid(h, 2))
print(type(debug.upvalueid(g, 1)), debug.upvalueid(g, 3))
debug.upvaluejoin(g, 1, h, 2)
print(g(), x, y)
print(pcall(debug.upvaluejoin, g, 5, h, 1))
print(pcall(debug.upvaluejoin, print, 1, h, 1))
local info = debug.getinfo(f)
print(info.what, info.short_src, info.linedefined, info.lastlinedefined, info.nparams, info.isvararg, info.nups)
info = debug.getinfo(print)
print(info.what, info.short_src, info.source, info.currentline, info.linedefined, info.func == print)
print(debug.getinfo(100), pcall(debug.getinfo, 1, ">"), pcall(debug.getinfo, 1, "X"))
local function named() return debug.getinfo(1, "nt") end
local t = { method = named }
info = named() print(info.name, info.namewhat, info.istailcall)
info = t:method() print(info.name, info.namewhat)
local function tail() return named() end
info = tail() print(info.name, info.namewhat, info.istailcall)
info = setmetatable({}, { __index = function() return debug.getinfo(1, "n") end }).x
print(info.name, info.namewhat)
print(debug.getmetatable("").__index == string, debug.setmetatable(10, { __index = { twice = 2 } }))
print((5).twice, debug.setmetatable(10, nil), debug.getmetatable(10))
print(debug.getuservalue(io.stdout), debug.getuservalue(1), debug.setuservalue(io.stdout, 1))

--> a=1 b=2 c=3 d=3 names=table (for state)=6 (for state)=3 (for state)=1 i=9
--> (vararg)	(vararg)	nil
--> a	set	(vararg)	x	extra
--> a	b	nil	nil
--> false	bad argument #1 to 'debug.getlocal' (level out of range)
--> false	bad argument #1 to 'debug.setlocal' (level out of range)
--> (for state)	(for state)	i
--> f (for state) (for state) (for state) (for state) k names (for state) (for state)
--> k	1
--> x	y
--> x	41	41
--> true	false
--> userdata	nil
--> 3	41	3
--> false	bad argument #2 to 'debug.upvaluejoin' (invalid upvalue index)
--> false	bad argument #2 to 'debug.upvaluejoin' (invalid upvalue index)
--> Lua	variables.lua	2	15	2	true	1
--> C	[C]	=[C]	-1	-1	true
--> nil	false	false	bad argument #2 to 'debug.getinfo' (invalid option)
--> named	local	false
--> method	method
--> nil		true
--> index	metamethod
--> true	10
--> 2	10	nil
--> nil	nil	nil
