-- Flips over all permutations of a small array: integer array reads and swaps.
-- quick size: 5
local n = tonumber(arg and arg[1]) or 9

local function fannkuch(size)
  local permutation, work, count = {}, {}, {}
  for i = 1, size do permutation[i] = i end
  local checksum, most, parity, r = 0, 0, 1, size + 1
  while true do
    while r > 2 do
      r = r - 1
      count[r] = r
    end
    local first = permutation[1]
    if first ~= 1 then
      for i = 1, size do work[i] = permutation[i] end
      local flips = 0
      while first ~= 1 do
        local i, j = 1, first
        while i < j do
          work[i], work[j] = work[j], work[i]
          i, j = i + 1, j - 1
        end
        flips = flips + 1
        first = work[1]
      end
      if flips > most then most = flips end
      checksum = checksum + parity * flips
    end
    parity = -parity
    -- The next permutation, by rotating ever longer prefixes.
    r = 2
    while true do
      if r > size then return checksum, most end
      local head = permutation[1]
      for i = 1, r - 1 do permutation[i] = permutation[i + 1] end
      permutation[r] = head
      count[r] = count[r] - 1
      if count[r] > 0 then break end
      r = r + 1
    end
  end
end

print(n, fannkuch(n))
