-- Folders that are read as files, files that vanish, modes and formats that are none.
local function check(...) print((select(2, ...))) end
local folder = io.open(".")
print(folder:read(1))  --> nil	Is a directory	21
print(folder:read("a"))  --> nil	Is a directory	21
print(folder:read("l"))  --> nil	Is a directory	21
print(folder:read("n"))  --> nil	Is a directory	21
print(folder:close())  --> true
check(pcall(function() for _ in io.lines(".") do end end))  --> vanishing.lua:9: Is a directory
print(loadfile("."))  --> nil	cannot read .: Is a directory
check(pcall(dofile, "."))  --> cannot read .: Is a directory
print(io.open(".", "w"))  --> nil	.: Is a directory	21
check(pcall(io.output, "."))  --> cannot open file '.' (Is a directory)
check(pcall(require, "no.such.module.at.all") == false, "refused")  --> refused
local name = os.tmpname()
local function told(...) print((tostring(select(2, ...)):gsub(name, "NAME", 1))) end
local file = assert(io.open(name, "w"))
file:write("one\ntwo\n") file:close()
-- Open files outlive their names.
file = assert(io.open(name))
local lines = io.lines(name)
print(os.remove(name), file:read(), lines())  --> true	one	one
print(file:read("a"), file:read("a") == "", file:read(), file:close(), lines(), pcall(lines))
--> two
--> 	true	nil	true	two	true
told(os.remove(name))  --> NAME: No such file or directory
told(io.open(name))  --> NAME: No such file or directory
told(os.rename(name, name .. "2"))  --> No such file or directory
told(pcall(io.lines, name))  --> cannot open file 'NAME' (No such file or directory)
told(pcall(io.input, name))  --> cannot open file 'NAME' (No such file or directory)
told(loadfile(name))  --> cannot open NAME: No such file or directory
told(pcall(dofile, name))  --> cannot open NAME: No such file or directory
print(pcall(file.read, file))  --> false	attempt to use a closed file
print(tostring(file), io.type(file), io.type(1))  --> file (closed)	closed file	nil
print(pcall(io.open, name, "rz"))  --> false	bad argument #2 to 'io.open' (invalid mode)
print(pcall(io.open, name, ""))  --> false	bad argument #2 to 'io.open' (invalid mode)
print(pcall(io.open))  --> false	bad argument #1 to 'io.open' (string expected, got no value)
print(pcall(io.read, "*x"))  --> false	bad argument #1 to 'io.read' (invalid format)
print(pcall(io.write, {}))  --> false	bad argument #1 to 'io.write' (string expected, got table)
print(pcall(io.close, 1))  --> false	bad argument #1 to 'io.close' (FILE* expected, got number)
print(io.open("no such folder/file", "w"))  --> nil	no such folder/file: No such file or directory	2
local out = assert(io.open(name, "w"))
print(out:read(1))  --> nil	Bad file descriptor	9
print(pcall(out.seek, out, "nowhere"))  --> false	bad argument #2 to '?' (invalid option 'nowhere')
print(pcall(out.seek, out, "set", 1.5))
--> false	bad argument #3 to '?' (number has no integer representation)
print(out:seek("set", -1))  --> nil	Invalid argument	22
print(pcall(out.setvbuf, out, "some"))  --> false	bad argument #2 to '?' (invalid option 'some')
print(out:close(), pcall(out.close, out))  --> true	false	attempt to use a closed file
local small = assert(io.open(name))
print(small:write("x"))  --> nil	Bad file descriptor	9
print(small:close(), os.remove(name))  --> true	true
