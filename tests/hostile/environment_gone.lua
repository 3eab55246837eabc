-- A script without globals fails like any other.
--! end = error
_ENV = nil
x = 1
