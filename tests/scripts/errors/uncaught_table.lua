--! error
-- An error value without text is described.
error({ code = 1 })
--!> (error object is a table value)
