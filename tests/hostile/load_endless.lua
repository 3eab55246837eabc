-- A reader that never ends.
--! end = done|memory|deadline
load(function() return "x = 1 " end)
