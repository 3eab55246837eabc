#!/usr/bin/env lua
-- A first line that begins with # is skipped; blanks and semicolons mean nothing.
;;; print("semicolons") ; ;  --> semicolons
print"string call" print[[long string call]]
--> string call
--> long string call

local a
=
1
print(a)  --> 1
local f = function(t) return t and t[1] or "none" end
print(f{ 1 }, f{})  --> 1	none
do ; end
local b = { 1; 2, 3; }
print(#b)  --> 3
goto skip
print("not reached")
::skip::
print("end")  --> end
