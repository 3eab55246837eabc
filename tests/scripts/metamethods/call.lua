-- __call: objects as functions, with arguments, results, chains and tail calls.
local t = setmetatable({ name = "t" }, { __call = function(self, ...) return self.name, ... end })
print(t(), t(1, 2))  --> t	t	1	2
print((t(1)), select("#", t(nil, nil)))  --> t	3
local chain = setmetatable({}, { __call = t })
print(select("#", chain(1)), select(3, chain(1, 2)))  --> 3	1	2
print(pcall(t, "x"))  --> true	t	x
local function tail(...) return t(...) end
print(tail("a", "b"))  --> t	a	b
local o = { method = t }
print(o.method(5), select("#", o:method(5)))  --> t	3
for a, b in setmetatable({}, { __call = function(_, s, c) if c == nil then return 1, s end end }), "s" do
  print(a, b)  --> 1	s
end
print(pcall(setmetatable({}, { __call = 5 })))  --> false	attempt to call a number value
print(pcall(function() local u = setmetatable({}, {}) u() end))
--> false	call.lua:16: attempt to call a table value (local 'u')
print(pcall(function() t.missing() end))
--> false	call.lua:18: attempt to call a nil value (field 'missing')
local fact = setmetatable({}, { __call = function(self, n) return n <= 1 and 1 or n * self(n - 1) end })
print(fact(10))  --> 3628800
print(coroutine.wrap(setmetatable({}, { __call = function(_, a) return a end }) and
  function(a) return t(a) end)("in a coroutine"))  --> t	in a coroutine
print(("abc"):gsub("%w", function(c) return (select(2, t(c:upper()))) end))  --> ABC	3
