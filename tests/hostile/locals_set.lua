-- Every local variable and temporary of functions in the middle of constructors, calls, loops and
-- concatenations is set to every type of value, at each call and at each instruction: the loop looks
-- at the types of few of them, and may meet no forged pointer.
--! end = done
--! libraries = all
local mode, value
local function poke(...)
  local k = 1
  while true do
    local n = debug.getlocal(2, k)
    if not n then break end
    if mode == k then debug.setlocal(2, k, value) end
    k = k + 1
  end
  return ...
end
local forms = {
  "local a = 1 return {1, 2, poke(3), 4, x = poke(5), [poke(1)] = 2, poke(6, 7)}",
  "return {name = 1, poke(1), other = poke(2)}",
  "return {poke(1)}, {a = poke(1)}, {{poke(2)}, b = {c = poke(3)}}",
  "local t = {} t.a, t.b = poke(1), poke(2) return t",
  "local t = {f = function(...) return ... end} return t:f(poke(1), poke(2))",
  "return (poke('a') .. poke('b') .. 'c' .. poke('d'))",
  "for i = poke(1), poke(3), poke(1) do poke(i) end",
  "for i = 1, 3 do poke(i) local x = i end",
  "for i = 1.5, 3 do poke(i) local x = i end",
  "for i = 3, 1, -1 do poke(i) for j = 1, 2 do poke(j) end end",
  "for k, v in pairs{1, 2, a = 3} do poke(k) end",
  "for k, v in ipairs{1, 2, 3} do poke(k) end",
  "for k, v in next, {1, 2, 3} do poke(k) end",
  "local n = 0 for k in (function() n = n + 1 if n < 4 then return poke(n) end end) do poke(k) end",
  "local x <close> = setmetatable({}, {__close = function() poke() end}) poke(1) return poke(2)",
  "local function g(...) poke(1) return select('#', ...), ... end return g(poke(1), 2, 3)",
  "return pcall(poke, 1), pcall(function() poke() end)",
  "local a, b = 1, 2 local function f() return a + b end poke() return f(), poke(a) + b",
  "local co = coroutine.wrap(function() for i = 1, 3 do poke() coroutine.yield(i) end end) co() poke() co()",
  "return table.unpack({1, 2, poke(3)}), math.max(poke(1), 2)",
  "local s = 'x' return s:rep(poke(3)), #s + poke(1), -poke(2), not poke(1)",
  "local f = function(n, r) if n > 0 then poke() return r(n - 1, r) end return n end return f(3, f)",
  "local function fact(n) poke() if n < 2 then return 1 end return n * fact(n - 1) end return fact(4)",
  "goto l ::l:: local z <const> = 5 return poke(z) + z",
  "while poke(nil) do end repeat local q = poke(1) until q",
}
local values = { 1, 2^53, 1.5, true, "s", ("long"):rep(10), {}, function() end, print, coroutine.create(print), math.mininteger }
for _, form in ipairs(forms) do
  for k = 1, 14 do
    for v = 0, #values do
      mode, value = k, values[v]
      local env = setmetatable({ poke = poke }, { __index = _G })
      local chunk = assert(load(form, "=f", "t", env))
      for _, how in ipairs { 1, 100 } do
        local count = 0
        local co = coroutine.create(chunk)
        debug.sethook(co, function()
          count = count + 1
          if count > 3000 / how then debug.sethook(co) error("long") end
          if how == 1 then debug.setlocal(2, k, values[v]) end
        end, "", how)
        for _ = 1, 6 do if not coroutine.resume(co) then break end end
      end
      if v % 4 == 0 then collectgarbage() end
    end
  end
end

