//! Lunette: a Lua 5.4 virtual machine whose every execution runs in a region.

#[allow(dead_code)]
pub(crate) mod bytecode;
#[allow(dead_code)]
pub(crate) mod compile;
#[allow(dead_code)]
pub mod error;
pub mod memory;
#[allow(dead_code)]
pub(crate) mod stdlib;
pub mod syntax;
#[allow(dead_code)]
pub mod value;
#[allow(dead_code)]
pub mod vm;
