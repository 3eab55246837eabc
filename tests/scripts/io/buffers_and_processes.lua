-- Buffering, temporary files, processes, and what they end with.
local name = os.tmpname()
local out, back = io.open(name, "w"), io.open(name)
print(out:setvbuf("full", 100), out:write("kept") == out, back:read("a"))
print(out:flush(), back:read("a"))
print(out:setvbuf("line"), out:write("a\nb") == out, back:read("a") ~= "")
print(out:setvbuf("no"), out:write("now") == out, back:read("a"):sub(-3))
print(pcall(out.setvbuf, out, "some"))
out:close() back:close() os.remove(name)
local file = io.tmpfile()
file:write("temporary")
file:seek("set", 4)
print(file:read("a"), file:close())
local process = io.popen("echo out; exit 3")
print(process:read("a"), process:close())
process = io.popen("cat > " .. name, "w")
process:write("through a pipe")
print(process:close())
print(io.open(name):read("a"), os.remove(name))
print(io.popen("no-such-command-here 2>&1"):read("a"):match("^sh: "))
print(pcall(io.popen, "true", "x"))
print(process == io.stdout, pcall(process.write, process, "x"))
print(os.execute("exit 5"))
print(os.execute("true"))
print(os.execute())
print(io.stderr:close())

--> true	true	
--> true	kept
--> true	true	true
--> true	true	now
--> false	bad argument #2 to '?' (invalid option 'some')
--> orary	true
--> out
--> 	nil	exit	3
--> true	exit	0
--> through a pipe	true
--> sh: 
--> false	bad argument #2 to 'io.popen' (invalid mode)
--> false	false	attempt to use a closed file
--> nil	exit	5
--> true	exit	0
--> true
--> nil	cannot close standard file
