-- A pattern whose time is a high power of the subject.
--! end = deadline
string.find(("a"):rep(5000), (".-"):rep(20) .. "b")
