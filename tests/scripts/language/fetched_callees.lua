-- Calls of variables that are never assigned to: what is called, in which order, and how errors
-- name it.
local trace = {}
local function note(text) trace[#trace + 1] = text return text end

-- Assigned to: the function is the one from before the arguments.
local changing = function(x) return "first", x end
print(changing((function() changing = function(x) return "second", x end return 1 end)()))
--> first	1
print(changing(2))  --> second	2

-- Never assigned to: local, upvalue, parameter, loop variable.
local function same(...) return ... end
local function outer(f) return same(f(note("a"), f(note("b")))) end
print(outer(same))  --> a	b
for _, f in ipairs { same, print } do f(note("c")) end  --> c
print(table.concat(trace, " "))  --> a b c c

-- All counts of arguments and results.
local function count(...) return select("#", ...) end
print(count(), count(same()), count(same(1, nil)), (count(nil)))  --> 0	0	2	1
local t = { same(1, 2, 3) }
print(#t, #{ same() }, #{ 0, same(1) }, #{ 0, same(1, 2) })  --> 3	0	2	3

-- A recursive closure made again and again has its own code, but other variables.
local function maker(step)
  local function walk(n) if n == 0 then return step end return walk(n - 1) + step end
  return walk
end
local total = 0
for step = 1, 40 do
  local walk = maker(step)
  total = total + walk(3) + maker(-step)(1)
end
print(total)  --> 1640

-- Two functions called in turn from one place.
local function twice(x) return 2 * x end
local function half(x) return x / 2 end
local list = {}
for i = 1, 6 do
  local f = i % 2 == 0 and twice or half
  list[i] = f(i)
end
print(table.concat(list, " "))  --> 0.5 4 1.5 8 2.5 12

-- What is called is named.
local nothing
local number <const> = setmetatable({}, { __call = function(_, x) return x end })
print(number(7))  --> 7
print(pcall(function() nothing() end))
--> false	fetched_callees.lua:51: attempt to call a nil value (upvalue 'nothing')
print(pcall(function() local here = {} here(1, 2) end))
--> false	fetched_callees.lua:53: attempt to call a table value (local 'here')
print(select(2, pcall(function(f) return (f(1)) end, 3)))
--> fetched_callees.lua:55: attempt to call a number value (local 'f')

-- A call over several lines: where hooks see them.
local lines = {}
local function on_line(_, line) lines[#lines + 1] = line end
debug.sethook(on_line, "l")
same(
  1,
  2)
debug.sethook()
print(table.concat(lines, " "))  --> 62 63 64 62 13 65
local x <const> = debug.getinfo(1, "l").currentline
print(x)  --> 67
local function who() return debug.getinfo(1, "n").name, debug.getinfo(1, "n").namewhat end
print(who())  --> who	local
print((function() local a, b = who() return a, b end)())  --> who	upvalue
