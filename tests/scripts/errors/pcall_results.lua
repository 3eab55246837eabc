-- However many results are wanted of a protected call, and however its function ends.
local function count(...) return select("#", ...), ... end
local function none() end
local function one(x) return x end
local function three(a, b, c) return a, b, c end
local function many(...) return ... end
local function fails(x) error(x, 0) end

for _, f in ipairs { none, one, three, many, fails } do
  pcall(f, 1, 2, 3, 4)
  local a = pcall(f, 1, 2, 3, 4)
  print(a)
  local b, c = pcall(f, 1, 2, 3, 4)
  print(b, c)
  local d, e, g, h, i = pcall(f, 1, 2)
  print(d, e, g, h, i)
  print(count(pcall(f)))
  print(count(pcall(f, nil)))
  print((pcall(f, 1)))
  print(#{ pcall(f, 1, 2, 3) }, ({ pcall(f, 7) })[2])
end
--> true
--> true	nil
--> true	nil	nil	nil	nil
--> 1	true
--> 1	true
--> true
--> 1	nil
--> true
--> true	1
--> true	1	nil	nil	nil
--> 2	true	nil
--> 2	true	nil
--> true
--> 2	7
--> true
--> true	1
--> true	1	2	nil	nil
--> 4	true	nil	nil	nil
--> 4	true	nil	nil	nil
--> true
--> 4	7
--> true
--> true	1
--> true	1	2	nil	nil
--> 1	true
--> 2	true	nil
--> true
--> 4	7
--> false
--> false	1
--> false	1	nil	nil	nil
--> 2	false	nil
--> 2	false	nil
--> false
--> 2	7

-- What is open is closed on the way.
do
  local kept = {}
  local function opens(fail)
    local inner = 1
    kept[#kept + 1] = function() inner = inner + 1; return inner end
    if fail then error({}) end
    return inner
  end
  for i = 1, 4 do pcall(opens, i % 2 == 0) end
  local filler <const> = { 1, 2, 3 }
  for i, f in ipairs(kept) do print(i, f(), f()) end

  local function closes(fail)
    local outer <close> = setmetatable({}, { __close = function(_, e) print("closed with", e) end })
    if fail then fails("while open") end
    return "normally"
  end
  print(pcall(closes, false))
  print(pcall(closes, true))
  print(pcall(pcall, closes, true))
end
--> 1	2	3
--> 2	2	3
--> 3	2	3
--> 4	2	3
--> closed with	nil
--> true	normally
--> closed with	while open
--> false	while open
--> closed with	while open
--> true	false	while open

-- Inside each other, as a tail call, in a condition, in a metamethod, across a coroutine.
print(pcall(pcall, fails, "inner"))
print(pcall(function() return pcall(fails, "tail") end))
print(pcall(function() local ok, e = pcall(fails, "first"); fails(e .. ", again") end))
if not pcall(fails) then print("a condition") end
local lazy = setmetatable({}, { __index = function(_, key) return (select(2, pcall(fails, key))) end })
print(lazy.missing, lazy[1])
local thread = coroutine.wrap(function(...)
  print("in the coroutine", pcall(function(...) return coroutine.yield(...) end, ...))
  print("in the coroutine", pcall(function() fails(coroutine.yield("once more")) end))
  return pcall(fails, "last")
end)
print(thread(1, 2))
print(thread("a", "b"))
print(thread("raised"))
--> true	false	inner
--> true	false	tail
--> false	first, again
--> a condition
--> missing	1
--> 1	2
--> in the coroutine	true	a	b
--> once more
--> in the coroutine	false	raised
--> false	last

-- The depth of protected calls is given back by each of them.
local function nest(n)
  if n == 0 then fails("deep") end
  local ok, e = pcall(nest, n - 1)
  if n % 2 == 0 then error(e, 0) end
  return e
end
for _ = 1, 50 do
  local ok, e = pcall(nest, 101)
  if e ~= "deep" then print(ok, e) end
end

-- A traceback and `getinfo` name what stands between.
local function who() return debug.getinfo(2, "n").name, debug.getinfo(2, "S").what end
print(pcall(who))
local _, trace = pcall(debug.traceback, "here")
print(trace:match("^.-\n.-\n.-\n.-:"))
--> true	pcall	C
--> here
--> stack traceback:
--> 	[C]: in function 'pcall'
--> 	pcall_results.lua:
