-- A ring of objects that grows and shrinks.
--! end = done|deadline
for round = 1, 20 do
  local first = {}
  local last = first
  for _ = 1, 20000 do
    local item = {}
    last.next, last = item, item
  end
  last.next = first
end
