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

-- A value is fetched on the line of its last token, or of what follows it and says what for; an
-- operator is on its own line, a comparison on that of its last operand.
print(lines("local x =\n1\nlocal y = x +\nx\nlocal z = {\nx,\ny\n}"))  --> 3 5 6 8
print(lines("local x = 1\nlocal y = x\n==\n2\nif x\n<\n2 then y = 1 end"))  --> 4 7
print(lines("local x\nif x\nand x.y\nor not\nx then x = 1 end\nx = 2"))  --> 3 5 6
print(lines("local f = tostring\nlocal s = f(\n1,\n2\n)\ns = s:rep(\n2\n)"))  --> 2 3 5 2 6 8 6 8
-- Variables without a value are one instruction; a jump to a jump goes to its end.
print(lines("local a\nlocal b\nlocal c = 1"))  --> 3
print(lines("local i = 0\n::top::\ni = i + 1\nif i < 3 then\ngoto top\nend\nlocal z"))
--> 3 4 5 3 4 5 3 4 7
print(lines("local i = 0\n::top::\ni = i + 1\nif i >= 3 then\ngoto out\nend\ngoto top\n::out::\ni = 0"))
--> 3 4 3 4 3 4 5 9
-- The iterator is called on its line, but for the first time; the end of the loop closes.
print(lines("for k in\npairs({ 1, 2 })\ndo\nk = 1\nend\nlocal z"))  --> 3 4 2 4 2 5 6
print(lines("for k in pairs({ 1, 2 }) do k = 1 end"))  --> 1 1
print(lines("for i =\n1,\n2\ndo\ni = 1\nend"))  --> 3 4 5 1 5 1 6
print(lines("local x = 3\nwhile\nx > 1\ndo\nx = x - 1\nend\nrepeat\nx = 1\nuntil\nx"))
--> 3 5 3 5 3 8 10
