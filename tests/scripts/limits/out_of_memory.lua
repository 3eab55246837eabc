--! memory = 4m
-- Running out of memory is an error that pcall catches; the script goes on.
local ok, e = pcall(function()
  local s = ("x"):rep(1000)
  while true do s = s .. s end
end)
print(ok, type(e) == "string" and e:find("not enough memory", 1, true) ~= nil)  --> false	true
print("alive")  --> alive
