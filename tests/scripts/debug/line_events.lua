-- Which lines a hook is told of.
local function lines(text)
  local seen = {}
  local run = assert(load(text))
  debug.sethook(function(_, line) seen[#seen + 1] = line end, "l") run() debug.sethook()
  -- The first one is the line of the call.
  return table.concat(seen, " ", 2)
end

-- The test of a plain value is on the line of `then`.
print(lines("local x = 1\nif\nx\nthen\nx = 2\nend"))
print(lines("if\ntostring(1)\nthen\ntostring(2)\nelse\ntostring(3)\nend\n"))
print(lines("while true do\nif tostring(1)\nthen break\nend\nend\nlocal a"))
--> 4 5 6
--> 3 4 7
--> 3 6

-- A hook does not keep its coroutine.
print(getmetatable(debug.getregistry()._HOOKKEY).__mode) --> k

-- Of stripped functions no line is known.
local stripped = load(string.dump(function() local a = 1 return a end, true))
local told = {}
debug.sethook(function(_, line) told[#told + 1] = tostring(line) end, "l")
stripped()
debug.sethook()
print(told[2]) --> nil

-- Arguments beyond the parameters are for functions that take any number only.
local function fixed() return (debug.getlocal(1, -1)) end
local function any(...) return (debug.getlocal(1, -1)) end
print(fixed(1), any(1)) --> nil	(vararg)

-- What stands for an upvalue is no object.
local id = debug.upvalueid(fixed, 1)
print(type(id), pcall(debug.setuservalue, id, 1))
--> userdata	false	bad argument #1 to 'debug.setuservalue' (userdata expected, got light userdata)
