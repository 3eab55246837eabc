-- Iterators over lines, and who closes the file.
local name = os.tmpname()
local file = io.open(name, "w")
file:write("one\ntwo\n\n4 5")
file:close()
for line in io.lines(name) do io.write("[", line, "]") end print()
for line in io.lines(name, "L") do io.write(line) end print()
for a, b in io.lines(name, 1, 2) do io.write(a, "-", tostring(b), " ") end print()
for part in io.lines(name, 3) do io.write((part:gsub("\n", "/")), "|") end print()
file = io.open(name)
for line in file:lines() do if line == "two" then break end end
print(file:read("l"), file:read("n", "n"), io.type(file))
local next_line = file:lines()
file:close()
print(pcall(next_line))
next_line = io.lines(name)
while next_line() do end
print(pcall(next_line))
do
  local _, _, _, opened = io.lines(name)
  print(io.type(opened))
  local closed <close> = opened
end
print(select("#", io.lines(name)))
print(pcall(io.lines, name .. ".missing") == false)
io.input(name)
print(io.read(), io.read("l"), io.read("a"))
print(io.input():close(), pcall(io.read))
io.output(name)
print(io.type(io.write("written")), io.output() == io.stdout, io.close())
io.output(io.stdout)
print(io.open(name):read("a"))
os.remove(name)

--> [one][two][][4 5]
--> one
--> two
-->
--> 4 5
--> o-ne 
--> -tw o-
-->
-->  4- 5 
--> one|/tw|o//|4 5|
--> 	4	file
--> false	file is already closed
--> false	file is already closed
--> file
--> 4
--> true
--> one	two	
--> 4 5
--> true	false	default input file is closed
--> file	false	true
--> written
