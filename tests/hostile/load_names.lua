-- More locals, upvalues, labels and registers than a function can have.
--! end = done
assert(not load("local " .. ("a,"):rep(200) .. "a"))
assert(not load("return " .. ("1,"):rep(300) .. "1"))
assert(not load("f(" .. ("x,"):rep(300) .. "x)"))
assert(not load(("goto a "):rep(1000)))
assert(not load("::a:: ::a::"))
