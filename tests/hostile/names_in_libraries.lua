-- Functions whose names are looked for in a library of a hundred thousand fields: time that is up
-- while a message is made is up all the same.
--! end = deadline
for i = 1, 100000 do string["k" .. i] = i end
while true do
  pcall(string.rep)
  debug.traceback()
end
