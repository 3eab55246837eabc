-- Tracebacks of threads, from levels, with messages of all sorts.
local function shown(...)
  return (debug.traceback(...):gsub("in main chunk.*", "in main chunk"):gsub("\n%s*", " / "))
end
local function f() return (shown("message")) end
print(f())
print(shown("zero", 0))
print(shown("none", 90))
local co = coroutine.create(function(x) local y = coroutine.yield(x) error("end") end)
coroutine.resume(co)
print(shown(co), shown(co, "with"), shown(co, nil, 1))
coroutine.resume(co)
print(shown(co))
print(debug.traceback(nil) ~= nil, debug.traceback({}) ~= nil, debug.traceback(12):sub(1, 8))
print(debug.getinfo(co, 1).currentline, debug.getinfo(co, 0, "S").what)

--> message / stack traceback: / traceback.lua:3: in upvalue 'shown' / traceback.lua:5: in local 'f' / traceback.lua:6: in main chunk
--> zero / stack traceback: / [C]: in function 'debug.traceback' / traceback.lua:3: in local 'shown' / traceback.lua:7: in main chunk
--> none / stack traceback:
--> stack traceback: / [C]: in function 'coroutine.yield' / traceback.lua:9: in function <traceback.lua:9>	with / stack traceback: / [C]: in function 'coroutine.yield' / traceback.lua:9: in function <traceback.lua:9>	stack traceback: / traceback.lua:9: in function <traceback.lua:9>
--> stack traceback: / [C]: in function 'error' / traceback.lua:9: in function <traceback.lua:9>
--> true	true	12
--> stack
--> 9	C
