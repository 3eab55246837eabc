--! error
-- A number as error value is shown as text.
error(12)
--!> 12
