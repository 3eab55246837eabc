-- Nothing here catches an error, so a failure ends the run, and what was printed before it is the
-- beginning of what the whole prints.
local Account = {}
Account.__index = Account
function Account.new(owner) return setmetatable({owner = owner, entries = {}}, Account) end
function Account:add(amount, text)
  self.entries[#self.entries + 1] = {amount = amount, text = text}
  return self
end
function Account:total()
  local sum = 0
  for _, entry in ipairs(self.entries) do sum = sum + entry.amount end
  return sum
end
local accounts = {}
for _, owner in ipairs({"ada", "grace", "a name that is not short at all"}) do
  local account = Account.new(owner)
  for i = 1, 20 do account:add(i * #owner, owner .. " paid for number " .. i) end
  accounts[owner] = account
  print(owner, account:total())
end
local lines = coroutine.wrap(function()
  for i, entry in ipairs(accounts.ada.entries) do
    coroutine.yield(("%02d %s"):format(i, entry.text:gsub("number", "No."), nil))
  end
end)
for line in lines do print(line) end
local words = {}
for word in ("the quick brown fox jumps over the lazy dog and away"):gmatch("%a+") do
  words[#words + 1] = word
end
table.sort(words, function(a, b) return a:rep(3) < b:rep(3) end)
print(table.concat(words, " "), #table.concat(words, (","):rep(20)))
local counters = {}
for i = 1, 30 do local count = i counters[i] = function() count = count + 1 return count end end
for i = 1, 30, 7 do print(counters[i](), counters[i]()) end
local compiled = assert(load("local t = {} for i = 1, 10 do t[i] = 'item ' .. i end return t, ..."))
print(#compiled(), select(2, compiled("passed through the compiled function")))
local wide = {}
for i = 1, 300 do wide[i] = i end
print(select("#", table.unpack(wide)), string.char(table.unpack(wide, 65, 90)))
for i = 1, 200 do wide["field " .. i] = i / 2 end
print(next({}, nil), rawlen(wide), utf8.char(table.unpack(wide, 200, 230)))
