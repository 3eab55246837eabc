-- What a stranger does not get, by whatever way: files, processes, other functions' insides.
--! end = done
assert(io == nil and dofile == nil and loadfile == nil)
for _, name in ipairs({ "execute", "remove", "rename", "exit", "getenv", "tmpname", "setlocale" }) do
  assert(os[name] == nil, name)
end
for name in pairs(debug) do assert(name == "traceback" or name == "context", name) end
assert(package.searchpath == nil and not package.loadlib("libc.so.6", "system"))
for _, name in ipairs({ "io", "os.execute", "posix", "ffi", "./libraries_denied", "/etc/passwd" }) do
  assert(not pcall(require, name), name)
end
for name, library in pairs(package.loaded) do
  if type(library) == "table" and library ~= _G then
    for key, value in pairs(library) do assert(type(value) ~= "userdata", name .. "." .. key) end
  end
end
assert(not load("return 1", "chunk", "b") and not load(("\27Lua"):rep(9), "chunk", "b"))
assert(not load("\27LuaT\0", "chunk"))
assert(load("return _ENV", "chunk", "t", {})()._G == nil)
