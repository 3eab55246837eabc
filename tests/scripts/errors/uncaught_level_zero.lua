--! error
-- Level 0 adds no position.
error("no position", 0)
--!> no position
