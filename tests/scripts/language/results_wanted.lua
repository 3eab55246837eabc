-- What a call gives, by how many results its caller wants and by how the function returns: with no
-- value, one, several, what it was called with, from a tail call, or in place of a host function.
local function none() end
local function one(x) return x end
local function two(x) return x, "second" end
local function extra(...) return (...) end
local function all(...) return ... end
local function tail_one(x) return one(x) end
local function tail_extra(x) return extra(x, "dropped") end
local function extra_tail(...) return one(...) end
local function tail_of_tail(x) return tail_one(x) end
local function closing(x)
  local captured = x
  local function get() return captured end
  captured = get() .. "!"
  return captured
end
local function to_host(x) return tostring(x) end
local protected = function(x) return select(2, pcall(one, x)) end
local called = setmetatable({}, {__call = function(_, x) return x end})
local called_extra = setmetatable({}, {__call = function(...) return (select(2, ...)) end})
local fetched = setmetatable({}, {__index = function(_, key) return one end})

local functions = {
  {"none", none}, {"one", one}, {"two", two}, {"extra", extra}, {"all", all},
  {"tail_one", tail_one}, {"tail_extra", tail_extra}, {"extra_tail", extra_tail},
  {"tail_of_tail", tail_of_tail}, {"closing", closing}, {"to_host", to_host},
  {"protected", protected}, {"called", called}, {"called_extra", called_extra},
  {"fetched", function(x) return fetched.any(x) end},
  {"wrapped", function(x) return coroutine.wrap(one)(x) end},
  {"wrapped_extra", function(x) return coroutine.wrap(extra)(x) end},
}
for _, entry in ipairs(functions) do
  local name, f = entry[1], entry[2]
  local before, after = "before", "after"
  f("a")
  local single = f("b")
  local first, second = f("c")
  local x, y, z = f("d")
  local listed = {"list", f("e")}
  local middle = {f("f"), f("g"), "end"}
  print(name, single, first, second, x, y, z, #listed, listed[2], middle[1], middle[2],
    (f("h")), before, after, f("i"))
end

-- Again where calls are in loops and calls remember what they entered: the same call enters
-- functions of all these kinds in turn.
local counts = {}
for round = 1, 200 do
  local entry = functions[round % #functions + 1]
  local result, more = entry[2](round)
  local key = type(result) .. " " .. type(more)
  counts[key] = (counts[key] or 0) + 1
end
for _, key in ipairs({"nil nil", "number nil", "number string", "string nil"}) do
  print(key, counts[key])
end

-- Parameters that are not passed are nil, whatever was there before, in calls and in tail calls.
local function three(a, b, c) return a == nil, b == nil, c == nil end
local function fewer(a, b) return three(a) end
local function more(a, b) return three(a, b, a, b) end
local function open(...) return three(...) end
print(three(), three(1, 2, 3))
print(fewer(1, 2), more(1, 2))
print(open(), open(1), open(1, 2, 3, 4))
local function lost(a, ...) return (select("#", ...)) end
local function to_lost(a) return lost(a, a, a) end
print(lost(), lost(1), lost(1, 2, 3), to_lost(1))
--> none	nil	nil	nil	nil	nil	nil	1	nil	nil	nil	nil	before	after
--> one	b	c	nil	d	nil	nil	2	e	f	g	h	before	after	i
--> two	b	c	second	d	second	nil	3	e	f	g	h	before	after	i	second
--> extra	b	c	nil	d	nil	nil	2	e	f	g	h	before	after	i
--> all	b	c	nil	d	nil	nil	2	e	f	g	h	before	after	i
--> tail_one	b	c	nil	d	nil	nil	2	e	f	g	h	before	after	i
--> tail_extra	b	c	nil	d	nil	nil	2	e	f	g	h	before	after	i
--> extra_tail	b	c	nil	d	nil	nil	2	e	f	g	h	before	after	i
--> tail_of_tail	b	c	nil	d	nil	nil	2	e	f	g	h	before	after	i
--> closing	b!	c!	nil	d!	nil	nil	2	e!	f!	g!	h!	before	after	i!
--> to_host	b	c	nil	d	nil	nil	2	e	f	g	h	before	after	i
--> protected	b	c	nil	d	nil	nil	2	e	f	g	h	before	after	i
--> called	b	c	nil	d	nil	nil	2	e	f	g	h	before	after	i
--> called_extra	b	c	nil	d	nil	nil	2	e	f	g	h	before	after	i
--> fetched	b	c	nil	d	nil	nil	2	e	f	g	h	before	after	i
--> wrapped	b	c	nil	d	nil	nil	2	e	f	g	h	before	after	i
--> wrapped_extra	b	c	nil	d	nil	nil	2	e	f	g	h	before	after	i
--> nil nil	11
--> number nil	153
--> number string	12
--> string nil	24
--> true	false	false	false
--> false	false	false	false
--> true	false	false	false	false
--> 0	0	2	2
