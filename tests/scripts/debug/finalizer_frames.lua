--! whole
-- A finalizer is a call of its own: named for what it is, and above the code that it interrupts.
local seen = {}
local function finalizer()
  local here, below = debug.getinfo(1, "n"), debug.getinfo(2, "S")
  seen.name, seen.kind, seen.below = here.name, here.namewhat, below.what
  seen.trace = debug.traceback("in it")
end
local function interrupted()
  setmetatable({}, {__gc = finalizer}) repeat local garbage = {} until seen.name
end
interrupted()
print(seen.kind, seen.name, seen.below)  --> metamethod	__gc	Lua
print(seen.trace:match("^.-main chunk"))
--> in it
--> stack traceback:
--> 	finalizer_frames.lua:7: in metamethod '__gc'
--> 	finalizer_frames.lua:10: in local 'interrupted'
--> 	finalizer_frames.lua:12: in main chunk

-- A hook is told apart in the same way.
local trace
local function hook()
  debug.sethook()
  trace = debug.traceback("hook")
end
debug.sethook(hook, "l")
local one = 1
print(trace:match("^.-main chunk"))
--> hook
--> stack traceback:
--> 	finalizer_frames.lua:25: in hook '?'
--> 	finalizer_frames.lua:28: in main chunk

-- Hooks are not told of what a finalizer does.
local function finalize() seen.done = true end
seen.done, seen.told = false, false
debug.sethook(function()
  if debug.getinfo(2, "f").func == finalize then seen.told = true end
end, "crl")
setmetatable({}, {__gc = finalize})
repeat local garbage = {} until seen.done
debug.sethook()
print(seen.done, seen.told)  --> true	false
