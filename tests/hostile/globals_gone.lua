-- What a sandbox does not have.
--! end = done
for _, name in ipairs { "io", "dofile", "loadfile", "debug" } do
  local value = _G[name]
  if name == "debug" and value then
    for key in pairs(value) do assert(key == "traceback" or key == "context", key) end
  else
    assert(value == nil, name)
  end
end
-- A `require` that finds nothing on disk.
assert(not require or not pcall(require, "os.execute"))
assert(not package or not package.searchpath)
assert(not os or not (os.execute or os.remove or os.rename or os.tmpname or os.getenv or os.exit))
assert(not string.dump or not pcall(string.dump, print))
