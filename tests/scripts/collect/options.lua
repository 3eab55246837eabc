--! whole
-- collectgarbage: its options, what they return, and what is refused.
print(collectgarbage())  --> 0
print(collectgarbage("collect"))  --> 0
print(math.type(collectgarbage("count")), collectgarbage("count") > 1)  --> float	true
print(collectgarbage("isrunning"))  --> true
print(collectgarbage("stop"), collectgarbage("isrunning"))  --> 0	false
print(collectgarbage("restart"), collectgarbage("isrunning"))  --> 0	true
collectgarbage("incremental")
print(collectgarbage("step"))  --> true
print(collectgarbage("step", 100000))  --> true
print(collectgarbage("generational"))  --> incremental
print(collectgarbage("incremental", 100, 200, 10))  --> generational
print(collectgarbage("incremental"))  --> incremental
collectgarbage("setpause", 150)
print(collectgarbage("setpause", 200))  --> 148
collectgarbage("setstepmul", 300)
print(collectgarbage("setstepmul", 100))  --> 300
print(select(2, pcall(collectgarbage, "nothing")))
--> bad argument #1 to 'collectgarbage' (invalid option 'nothing')
print(select(2, pcall(collectgarbage, {})))
--> bad argument #1 to 'collectgarbage' (string expected, got table)
print(select(2, pcall(collectgarbage, "step", "x")))
--> bad argument #2 to 'collectgarbage' (number expected, got string)
print(select(2, pcall(collectgarbage, "incremental", 1, {})))
--> bad argument #3 to 'collectgarbage' (number expected, got table)

-- What was made shows in the count, and what is gone does not.
collectgarbage()
local before = collectgarbage("count")
local t = {}
for i = 1, 10000 do t[i] = {} end
local full = collectgarbage("count")
print(full - before > 500)  --> true
t = nil
collectgarbage()
print(collectgarbage("count") - before < 16)  --> true

-- The result goes wherever a call's result goes.
print(pcall(collectgarbage))  --> true	0
print((coroutine.wrap(collectgarbage))())  --> 0
print(#{collectgarbage(), collectgarbage("step")})  --> 2
local proxy = setmetatable({}, {__index = function(_, key) return collectgarbage() or key end})
print(proxy.x)  --> 0
