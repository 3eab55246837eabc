-- Pattern matching over a log: find, match, gmatch and gsub of several kinds.
-- quick size: 5
local n = tonumber(arg and arg[1]) or 13000

local lines = {}
local template = "2024-%02d-%02d %02d:%02d host%d app[%d]: user=%s path=/a/b/%d?x=%d&y=%d status=%d"
for i = 1, 40 do
  lines[i] = template:format(i % 12 + 1, i % 28 + 1, i % 24, i % 60, i % 5, i * 37, "u" .. i,
    i, i, i * 2, 200 + i % 5)
end
local text = table.concat(lines, "\n")

local found, matched, pairs_seen, replaced, words, trimmed = 0, 0, 0, 0, 0, 0
for round = 1, n do
  local line = lines[round % #lines + 1]
  if text:find(line, 1, true) then found = found + 1 end
  found = found + line:find("status=")
  local year, month, day = line:match("^(%d+)-(%d+)-(%d+)")
  matched = matched + year * 10000 + month * 100 + day
  for key, value in line:gmatch("(%w+)=([^%s&]+)") do pairs_seen = pairs_seen + #key + #value end
  local _, count = line:gsub("%d+", "<%0>")
  replaced = replaced + count
  local swapped = line:gsub("(%w+)=(%w+)", "%2=%1")
  replaced = replaced + #swapped
  local expanded = line:gsub("%a+", { user = "USER", status = "S" })
  replaced = replaced + #expanded
  if round % 10 == 0 then
    for _ in text:gmatch("%S+") do words = words + 1 end
    words = words + #text:gsub("%d", function(d) return d + 1 end)
  end
  trimmed = trimmed + #("   " .. line .. "   "):match("^%s*(.-)%s*$")
  if line:find("%f[%w]app%f[%W]") and line:match("%b[]") then trimmed = trimmed + 1 end
end
print(found, matched, pairs_seen)
print(replaced, words, trimmed)
