-- Output without end.
--! end = deadline|error
while true do print(("x"):rep(100)) end
