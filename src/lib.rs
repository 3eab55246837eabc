//! Lunette: a Lua 5.4 virtual machine whose every execution runs in a region.

#[allow(dead_code)]
pub(crate) mod bytecode;
#[allow(dead_code)]
pub(crate) mod compile;
pub mod embed;
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

pub use embed::{
    Engine, FromLua, Function, IntoArgs, IntoLua, Invocation, ProcessStreams, Program, Region,
    RunOptions, RunStats,
};
pub use error::{Category, Error, ErrorKind, OwnedError};
pub use memory::{Arena, ArenaSource, Budget, BumpSource, ChunkSource, FixedSource, HeapStats};
pub use stdlib::LibrarySet;
pub use value::{Str, Table, Unpacked, Value};
pub use vm::{EvacuationStats, NoStreams, Streams};
