-- Long brackets: levels, the first newline, no escapes.
print([[plain]], [==[with ]] and ]=] inside]==], [[]] == "", [=[]]]=])
--> plain	with ]] and ]=] inside	true	]]
print([[
first newline dropped]])  --> first newline dropped
print(#[[

]], #[[
]], [[a\n\65]], [[]==];]])  --> 1	0	a\n\65	]==];
local s = [[line 1
line 2
]]
print(#s, s:gsub("\n", "|"))  --> 14	line 1|line 2|	2
local t = { [ [[key]] ] = 1 }
print(t.key, #[==[
x]==])  --> 1	1
--[[ a long
comment ]] print("after a long comment")  --> after a long comment
--[==[ another ]] ]=]
]==]
print("done") --[[]]  --> done
---[[ not a long comment
print("still code")  --> still code
--]]
