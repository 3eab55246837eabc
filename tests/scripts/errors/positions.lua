-- The line an error is reported at.
local function fails(f, ...) print(select(2, pcall(f, ...))) end
local t = {}
fails(function()
  local a =
    1 +
    t
end)  --> positions.lua:6: attempt to perform arithmetic on a table value (upvalue 't')
fails(function()
  return t.x
    .y
    .z
end)  --> positions.lua:11: attempt to index a nil value (field 'x')
fails(function()
  print(
    "never",
    t.a.b
  )
end)  --> positions.lua:18: attempt to index a nil value (field 'a')
fails(function()
  undefined_function(
    1,
    2
  )
end)  --> positions.lua:21: attempt to call a nil value (global 'undefined_function')
fails(function()
  local s = "a" ..
    "b" ..
    t
end)  --> positions.lua:28: attempt to concatenate a table value (upvalue 't')
fails(function()
  for i = 1,
    "x" do
  end
end)  --> positions.lua:33: bad 'for' limit (number expected, got string)
fails(function()
  error(
    "at the call"
  )
end)  --> positions.lua:37: at the call
fails(function()
  t.x
    :method()
end)  --> positions.lua:43: attempt to index a nil value (field 'x')
fails(function()
  if t < 1
  then
  end
end)  --> positions.lua:46: attempt to compare table with number
fails(load("\n\nlocal x = nil\nx()", "=chunk"))
--> chunk:4: attempt to call a nil value (local 'x')
fails(load("\r\n\r\nerror('crlf')", "=chunk"))  --> chunk:3: crlf
fails(load("error('named')", "@dir/file.lua"))  --> dir/file.lua:1: named
fails(load("error('text')", "text of the chunk"))  --> [string "text of the chunk"]:1: text
fails(load("error('first line')", "line one\nline two"))  --> [string "line one..."]:1: first line
fails(load("error('long')", ("x"):rep(100)))
--> [string "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx..."]:1: long
fails(load("error('long')", "@" .. ("y"):rep(100)))
--> ...yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy:1: long
fails(load("error('long')", "=" .. ("z"):rep(100)))
--> zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz:1: long
fails(load("error('empty')", ""))  --> [string ""]:1: empty
fails(load("error('empty')", "="))  --> :1: empty
