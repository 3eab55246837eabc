-- Labels that cannot be reached, are missing or are repeated.
local function check(source) print(select(2, load(source, "=g"))) end
check("goto nowhere")  --> g:1: no visible label 'nowhere' for <goto> at line 1
check("do goto l1 end; do ::l1:: end")  --> g:1: no visible label 'l1' for <goto> at line 1
check("goto f; local x; ::f:: print(x)")
--> g:1: <goto f> at line 1 jumps into the scope of local 'x'
check("::a:: ::a::")  --> g:1: label 'a' already defined on line 1
check("::a:: do ::a:: end")  --> g:1: label 'a' already defined on line 1
check("break")  --> g:1: break outside loop at line 1
check("do break end")  --> g:1: break outside loop at line 1
check("function f() break end")  --> g:1: break outside loop at line 1
check("while true do function f() break end end")  --> g:1: break outside loop at line 1
check("repeat if x then goto cont end; local y; ::cont:: until y")
--> g:1: <goto cont> at line 1 jumps into the scope of local 'y'
check("function f() goto outer end ::outer::")
--> g:1: no visible label 'outer' for <goto> at line 1
check("goto continue; local a ::continue:: a = 1")
--> g:1: <goto continue> at line 1 jumps into the scope of local 'a'
print(load("goto f; local x; ::f::") ~= nil)  --> true
print(load("do goto f; local x; ::f:: ; end") ~= nil)  --> true
