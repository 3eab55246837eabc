-- Optional items behind each other: exponential backtracking.
--! end = deadline|error
string.find(("a"):rep(40), ("a?"):rep(40) .. ("a"):rep(41))
string.match(("x"):rep(200), ("x*"):rep(60) .. "y")
