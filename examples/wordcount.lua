-- lunette run examples/wordcount.lua README.md
--
-- Counts lines, words and bytes of a text, and lists its most frequent words.
--
--   wordcount.lua [FILE] [TOP]
--
-- FILE is a text file, or - for standard input (the default); TOP says how many words to list
-- (10 unless told). Words are runs of letters, of digits and of bytes above 127, so that UTF-8
-- text is counted as well; an apostrophe or a hyphen inside a word belongs to it.

local WORD = "[%w\128-\255][%w\128-\255'%-]*"

-- Ends the program with a message and a status: 1 for bad data, 2 for bad usage.
local function fail(status, message)
  local line = "wordcount: " .. message .. "\n"
  if io.stderr then io.stderr:write(line) else io.write(line) end
  os.exit(status)
end

local function parse_arguments(arguments)
  local path, top = arguments[1] or "-", 10
  if path == "-h" or path == "--help" then
    io.write("usage: wordcount.lua [FILE] [TOP]\n")
    os.exit(0)
  end
  if arguments[2] then
    top = math.tointeger(tonumber(arguments[2]))
    if not top or top < 1 then
      fail(2, "TOP must be a positive whole number, not '" .. arguments[2] .. "'")
    end
  end
  if arguments[3] then fail(2, "too many arguments; usage: wordcount.lua [FILE] [TOP]") end
  return path, top
end

-- Adds the words of one line to the counts.
local function count_line(totals, line)
  totals.lines = totals.lines + 1
  totals.bytes = totals.bytes + #line
  for word in line:gmatch(WORD) do
    word = word:lower():gsub("['%-]+$", "")
    totals.words = totals.words + 1
    local seen = totals.counts[word]
    if not seen then totals.distinct = totals.distinct + 1 end
    totals.counts[word] = (seen or 0) + 1
  end
end

local function count(path)
  local totals = { lines = 0, words = 0, bytes = 0, distinct = 0, counts = {} }
  local ok, problem = pcall(function()
    -- "L" keeps the newline, so the bytes add up to the size of the file.
    local lines = path == "-" and io.lines(nil, "L") or io.lines(path, "L")
    for line in lines do count_line(totals, line) end
  end)
  if not ok then fail(1, "cannot read: " .. tostring(problem):gsub("^[^:]*%.lua:%d+: ", "")) end
  return totals
end

-- Words by falling count, and by the alphabet where counts are equal.
local function ranking(counts)
  local order = {}
  for word in pairs(counts) do order[#order + 1] = word end
  table.sort(order, function(a, b)
    if counts[a] ~= counts[b] then return counts[a] > counts[b] end
    return a < b
  end)
  return order
end

local function report(totals, top)
  local order = ranking(totals.counts)
  io.write(string.format("%8d lines\n%8d words\n%8d distinct words\n%8d bytes\n",
    totals.lines, totals.words, totals.distinct, totals.bytes))
  if #order == 0 then return end
  io.write("\n")
  local most = totals.counts[order[1]]
  for rank = 1, math.min(top, #order) do
    local word = order[rank]
    local times = totals.counts[word]
    local bar = ("#"):rep(math.max(1, times * 40 // most))
    io.write(string.format("%3d. %-20s %6d  %s\n", rank, word, times, bar))
  end
end

local path, top = parse_arguments(arg or {})
report(count(path), top)
