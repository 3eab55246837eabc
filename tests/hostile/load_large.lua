-- A source with more statements than there is room for.
--! end = memory|deadline|error
assert(load(("x = {1, 2, 3} "):rep(1000000)))
