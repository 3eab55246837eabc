-- A frontier and a back reference over a long subject.
--! end = done|deadline
local s = ("ab "):rep(100000)
assert(#s:gsub("%f[%w]%w+", "") > 0)
string.find(("a"):rep(5000), "(a*)b%1")
