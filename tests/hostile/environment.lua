-- Escapes through _G, _ENV and the libraries lead nowhere.
--! end = done
for key in pairs(_G) do if key ~= "_G" then _G[key] = nil end end
_G._G = nil
local function f() local _ENV = nil return x end
x = 1
_ENV = nil
local function g() return y end
