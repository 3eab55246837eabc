-- A coroutine can yield inside every metamethod.
local function yielding(name) return function(a, b) return coroutine.yield(name) end end
local mt = {}
for _, n in ipairs { "add", "sub", "mul", "div", "mod", "pow", "idiv", "unm", "band", "bor", "bxor",
  "shl", "shr", "bnot", "concat", "len", "eq", "lt", "le", "index", "call" } do
  mt["__" .. n] = yielding(n)
end
mt.__newindex = function() coroutine.yield("newindex") end
local o, p = setmetatable({}, mt), setmetatable({}, mt)
local function run(f)
  local co = coroutine.wrap(f)
  local name = co()
  print(name, co("resumed"))
end
run(function() return o + 1 end)  --> add	resumed
run(function() return 1 - o end)  --> sub	resumed
run(function() return o * 2.5 end)  --> mul	resumed
run(function() return o / o end)  --> div	resumed
run(function() return 7 % o end)  --> mod	resumed
run(function() return o ^ 2 end)  --> pow	resumed
run(function() return o // 1 end)  --> idiv	resumed
run(function() return -o end)  --> unm	resumed
run(function() return o & 1 end)  --> band	resumed
run(function() return 1 | o end)  --> bor	resumed
run(function() return o ~ 1 end)  --> bxor	resumed
run(function() return o << 1 end)  --> shl	resumed
run(function() return 1 >> o end)  --> shr	resumed
run(function() return ~o end)  --> bnot	resumed
run(function() return "a" .. o end)  --> concat	resumed
run(function() return o .. "a" .. "b" end)  --> concat	resumed
run(function() return #o end)  --> len	resumed
run(function() return o == p end)  --> eq	true
run(function() return o < p end)  --> lt	true
run(function() return o <= 1 end)  --> le	true
run(function() return o > p end)  --> lt	true
run(function() if o ~= p then return "different" else return "same" end end)  --> eq	same
run(function() return o.field end)  --> index	resumed
run(function() return o[1] end)  --> index	resumed
run(function() return o(1, 2) end)  --> call	resumed
run(function() o.field = 1 return "assigned" end)  --> newindex	assigned
run(function() local t <close> = setmetatable({}, { __close = yielding("close") }) return "closed" end)
--> close	closed
run(function() for i in o do return i end end)  --> call	resumed
