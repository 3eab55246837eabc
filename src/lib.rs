//! Lunette: a Lua 5.4 virtual machine whose every execution runs in a region.

pub mod memory;
pub mod syntax;
