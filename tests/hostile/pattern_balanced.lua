-- %b that never closes, at every position.
--! end = deadline
string.find(("("):rep(2000000), "%b()")
