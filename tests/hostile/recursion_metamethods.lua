-- Every metamethod that calls itself.
-- Each fills the budget with frames anew: a slow machine may take too long.
--! end = done|deadline
local meta = {}
local a, b = setmetatable({}, meta), setmetatable({}, meta)
local events = {
  __add = function() return a + b end, __sub = function() return a - b end,
  __mul = function() return a * b end, __div = function() return a / b end,
  __mod = function() return a % b end, __pow = function() return a ^ b end,
  __unm = function() return -a end, __idiv = function() return a // b end,
  __band = function() return a & b end, __bor = function() return a | b end,
  __bxor = function() return a ~ b end, __shl = function() return a << b end,
  __shr = function() return a >> b end, __bnot = function() return ~a end,
  __concat = function() return a .. b end, __len = function() return #a end,
  __eq = function() return a == b end, __lt = function() return a < b end,
  __le = function() return a <= b end, __index = function() return a.x end,
  __newindex = function() a.x = 1 end, __call = function() return a() + 1 end,
  __tostring = function() return tostring(a) end,
  __close = function() local x <close> = a end,
  __pairs = function() return pairs(a) end,
}
for name, event in pairs(events) do
  meta[name] = event
  local ok, message = pcall(name == "__pairs" and function() return 1, pairs(a) end or event)
  meta[name] = nil
  assert(not ok, name)
  message = tostring(message)
  assert(message:find("stack overflow") or message:find("not enough memory"), name .. message)
end
