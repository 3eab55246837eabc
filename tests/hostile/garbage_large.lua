-- Large blocks that nobody keeps.
--! end = deadline
while true do local s = ("x"):rep(1 << 20) end
