-- Strings compare byte by byte, and are equal only when all bytes are.
print("a" < "b", "a" < "B", "Z" < "a", "abc" < "abd", "ab" < "abc", "" < "a", "" < "")
--> true	false	true	true	true	true	false
print("a" <= "a", "a" >= "a", "b" > "a", "10" < "9", "2" > "10")  --> true	true	true	true	true
print("a\0b" < "a\0c", "a\0b" == "a\0b", "a\0" > "a", "a\0b" < "ab")  --> true	true	true	true
print("1" == 1, "x" == "x", "x" ~= "y", "\65" == "A")  --> false	true	true	true
local long = ("x"):rep(100)
print(long == ("x"):rep(100), long .. "a" < long .. "b", long < long, long <= long)
--> true	true	false	true
print({} == {}, print == print, nil == false, true == true)  --> false	true	false	true
