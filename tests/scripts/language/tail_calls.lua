-- Proper tail calls need no stack: a million deep, and mutually recursive.
local function down(n, acc)
  if n == 0 then return acc end
  return down(n - 1, acc + 1)
end
print(down(1000000, 0))  --> 1000000
local even, odd
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
print(even(1000000), odd(1000001))  --> true	true
local object = { n = 0 }
function object:step(k)
  if k == 0 then return self.n end
  self.n = self.n + 1
  return self:step(k - 1)
end
print(object:step(200000))  --> 200000
local function pass(n, ...)
  if n == 0 then return ... end
  return pass(n - 1, ...)
end
print(pass(100000, "a", "b", "c"))  --> a	b	c
local call = setmetatable({}, { __call = function(self, n)
  if n == 0 then return "called" end
  return self(n - 1)
end })
print(call(100000))  --> called
local function select_tail(n) if n == 0 then return "done" end
  return select(2, 0, select_tail) and select_tail(n - 1) end
print(select_tail(100))  --> done
