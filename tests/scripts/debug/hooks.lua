-- Hooks at lines, calls, returns and counts.
local events = {}
local function note(event, line) events[#events + 1] = event .. (line and ":" .. line or "") end
local function flush()
  debug.sethook()
  print(table.concat(events, " "))
  events = {}
end
local function double(x)
  return x * 2
end
debug.sethook(note, "l")
local a = 1
for i = 1, 2 do
  a = double(a)
end
flush()
debug.sethook(note, "cr")
double(1)
math.abs(-1)
pcall(double, 3)
flush()
local function tail(x) return double(x) end
debug.sethook(note, "c")
tail(1)
flush()
local count = 0
debug.sethook(function(event) count = count + 1 end, "", 100)
for i = 1, 10000 do end
debug.sethook()
print(count > 50)
print(debug.gethook())
debug.sethook(note, "rcl", 7)
local hook, mask, every = debug.gethook()
debug.sethook()
print(hook == note, mask, every)
-- What a hook sees of the function that it is called for.
debug.sethook(function(event)
  local info = debug.getinfo(2, "nSlr")
  if info.name == "double" then
    local name, value = debug.getlocal(2, info.ftransfer)
    print(event, info.namewhat, info.currentline, info.ftransfer, info.ntransfer, name, value)
  end
  if event == "call" then
    local own = debug.getinfo(1, "n")
    if own.namewhat ~= "hook" then print(own.name, own.namewhat) end
  end
end, "cr")
double(21)
debug.sethook()
-- A hook that raises, and one that tries to yield.
print(pcall(function()
  debug.sethook(function() error("too long") end, "", 50)
  while true do end
end))
debug.sethook()
local co = coroutine.create(function()
  debug.sethook(function() coroutine.yield() end, "l")
  local x = 1
end)
print(coroutine.resume(co))
-- Each thread has its own.
co = coroutine.create(function(x) x = x + 1 coroutine.yield(x) x = x + 1 return x end)
debug.sethook(co, note, "l")
print(coroutine.resume(co, 1))
print(debug.gethook(), debug.gethook(co) == note)
print(coroutine.resume(co))
print(table.concat(events, " "))

--> line:13 line:14 line:15 line:10 line:14 line:15 line:10 line:14 line:17 line:5
--> return call return call return call call return return call call
--> call tail call call call
--> true
--> nil
--> true	crl	7
--> call	local	10	1	1	x	21
--> return	local	10	2	1	(temporary)	42
--> false	hooks.lua:53: too long
--> false	attempt to yield across a C-call boundary
--> true	2
--> nil	true
--> true	3
--> return line:34 call return line:35 call line:63
