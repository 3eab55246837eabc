-- A loop over floats that does not come forward.
--! end = deadline
for i = 2.0 ^ 53, math.huge do end
