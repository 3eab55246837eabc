-- Keys that no table takes.
local function fails(f, ...) print(select(2, pcall(f, ...))) end
local t = {}
fails(function() t[nil] = 1 end)  --> keys.lua:4: table index is nil
fails(function() t[0/0] = 1 end)  --> keys.lua:5: table index is NaN
fails(function() local k; t[k] = 1 end)  --> keys.lua:6: table index is nil
fails(function() return { [nil] = 1 } end)  --> keys.lua:7: table index is nil
fails(rawset, t, nil, 1)  --> table index is nil
fails(rawset, t, 0/0, 1)  --> table index is NaN
fails(next, t, "missing")  --> invalid key to 'next'
fails(next, t, 1)  --> invalid key to 'next'
fails(function() for k in next, t, "nope" do end end)  --> invalid key to 'next'
print(t[nil], t[0/0], rawget(t, nil), next(t))  --> nil	nil	nil	nil
fails(function() table.insert(t, 5, "x") end)
--> keys.lua:14: bad argument #2 to 'insert' (position out of bounds)
fails(function() setmetatable({}, { __newindex = t })[nil] = 1 end)
--> keys.lua:16: table index is nil
