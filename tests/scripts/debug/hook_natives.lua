-- Hooks are told of host functions wherever they are called from, and however their call ends.
local function events(run)
  local seen = {}
  debug.sethook(function(event)
    local info = debug.getinfo(2, "nS")
    if info.what == "C" then seen[#seen + 1] = event .. ":" .. tostring(info.name) end
  end, "cr")
  run()
  debug.sethook()
  -- The first one is the return of `sethook`, the last its call.
  return table.concat(seen, " ", 2, #seen - 1)
end

print(events(function() for _ in next, {1} do end end))
--> call:for iterator return:for iterator call:for iterator return:for iterator
print(events(function() for _ in ipairs({}) do end end))
--> call:ipairs return:ipairs call:for iterator return:for iterator

-- Protected calls that catch an error return as well.
print(events(function() pcall(error) end))
--> call:pcall call:nil return:pcall
print(events(function() pcall(function() local x = nil + 1 end) end))
--> call:pcall return:pcall
print(events(function() xpcall(function() local x = nil + 1 end, function() end) end))
--> call:xpcall return:xpcall

-- So do calls that go on with another coroutine.
local co = coroutine.create(function() pcall(coroutine.yield, 1) end)
print(events(function() coroutine.resume(co) coroutine.resume(co) coroutine.resume(co) end))
--> call:resume return:resume call:resume return:resume call:resume return:resume
local wrapped = coroutine.wrap(function() coroutine.yield() end)
print(events(function() wrapped() wrapped() end))
--> call:wrapped return:wrapped call:wrapped return:wrapped
co = coroutine.create(function() error("x") end)
print(events(function() coroutine.resume(co) end))
--> call:resume return:resume

print(events(function() collectgarbage() end))
--> call:collectgarbage return:collectgarbage
