-- Renaming and removing.
local one = os.tmpname()
local two = one .. ".renamed"
print(os.rename(one, two), io.open(one) == nil)
print(select("#", os.remove(one)), (select(2, os.remove(one)):gsub("^.*: ", "")), select(3, os.remove(one)))
print(os.remove(two))
print(select(2, os.rename(one, two)) ~= nil, select(3, os.rename(one, two)))
print(pcall(os.remove))
print(pcall(os.rename, one))

--> true	true
--> 3	No such file or directory	2
--> true
--> true	2
--> false	bad argument #1 to 'os.remove' (string expected, got no value)
--> false	bad argument #2 to 'os.rename' (string expected, got no value)
