-- A loop with nothing in it.
--! end = deadline
repeat until false
