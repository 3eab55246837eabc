-- Sources nested without end are refused by the parser, not by a crash.
local function refused(source)
  local f, e = load(source, "=deep")
  return f == nil and type(e) == "string"
end
local n = 100000
print(refused("return " .. ("("):rep(n) .. "1" .. (")"):rep(n)))  --> true
print(refused("return " .. ("{"):rep(n) .. ("}"):rep(n)))  --> true
print(refused(("do "):rep(n) .. ("end "):rep(n)))  --> true
print(refused(("function f() "):rep(n) .. ("end "):rep(n)))  --> true
print(refused("return " .. ("function() return "):rep(n) .. ("end "):rep(n)))  --> true
print(refused("return " .. ("- "):rep(n) .. "1"))  --> true
print(refused("return " .. ("not "):rep(n) .. "1"))  --> true
print(refused(("if x then "):rep(n) .. ("end "):rep(n)))  --> true
print(refused(("while x do "):rep(n) .. ("end "):rep(n)))  --> true
print(refused("x = " .. ("a["):rep(n) .. "1" .. ("]"):rep(n)))  --> true
print(refused("x = " .. ("f("):rep(n) .. (")"):rep(n)))  --> true
print(refused("return " .. ("'a' .. "):rep(n) .. "'b'"))  --> true
print(refused("return " .. ("2 ^ "):rep(n) .. "2"))  --> true
print(load("return " .. ("1 + "):rep(1000) .. "1")())  --> 1001
print(#load("return {" .. ("1,"):rep(10000) .. "}")())  --> 10000
print(load(("local x = 1 "):rep(150) .. "return x")())  --> 1
print(load("return " .. ("("):rep(150) .. "1" .. (")"):rep(150))())  --> 1
