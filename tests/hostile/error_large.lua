-- The error that ends the script is as large as memory.
--! end = error|memory
error(("x"):rep(20 << 20))
