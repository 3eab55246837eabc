--! error
-- nil as error value.
error(nil)
--!> (error object is a nil value)
