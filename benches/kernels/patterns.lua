-- Pattern matching: find, gsub, gmatch with captures.
local text = ("name=value; other_name = 42 ; third=\"quoted text\"\n"):rep(8)
return function(n)
  local count = 0
  for i = 1, n do
    for name, value in text:gmatch("([%w_]+)%s*=%s*(%w+)") do
      count = count + #name + #value
    end
    local spaced, changes = text:gsub("%s+", " ")
    count = count + changes + #spaced + (text:find("third", 1, true) or 0)
    count = count + (text:find("(%d+)%s*;", i % 10) or 0)
  end
  return count
end
