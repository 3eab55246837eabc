//! Floor 9: embedding. What a host holds: engine, program, region, and values on their way in and
//! out.
//!
//! ```text
//!  Engine --compile--> Program            shared by threads, outlive every region
//!     \--enter(&mut Arena, &'out Bump)--> Region<'r, 'out>      one execution
//!                                           load, call, ...
//!                                           escape --> 'out     what outlives it
//! ```
//!
//! - **RG1** A region is open only while `enter` is on the Rust stack. It closes on every path: a
//!   result, an error, a panic.
//! - **RG2** The lifetime `'r` is fresh for each region, so its values can neither leave the
//!   closure nor be mixed with those of another region; what leaves is copied into `'out`.
//! - **RG3** A region keeps the programs that it loads, so their functions never dangle.
//!
//! Absent on purpose: state that lives on between two regions of an engine. What one execution
//! leaves behind for the next is in the host's hands.
#![forbid(unsafe_code)]

#[cfg(feature = "async")]
mod asynchronous;
mod collections;
mod convert;
mod engine;
mod execution;
mod failure;
mod files;
mod function;
mod host;
mod load;
mod lua;
mod module;
mod multi;
mod options;
mod program;
mod region;
mod resumable;
mod rooted;
mod run;
#[cfg(feature = "serde")]
mod serde;
mod streams;
mod table;
#[cfg(any(feature = "cli", feature = "testing"))]
pub mod testing;
mod userdata;

#[cfg(feature = "async")]
pub use asynchronous::BoxError;
pub use collections::Either;
pub use convert::{FromLua, IntoLua};
pub use engine::{Engine, EngineBuilder};
pub use execution::{Execution, Step};
pub use failure::{Context, Raise};
pub use files::{MemoryFiles, ProcessFiles, ReadOnlyFolder, SystemClock};
pub use function::Function;
pub use lua::Lua;
pub use module::{Constant, Module};
pub use multi::{FromLuaMulti, IntoLuaMulti, MultiValue, Values, Variadic};
pub use options::RunOptions;
pub use program::Program;
pub use region::{Region, RunStats};
pub use resumable::{Next, Turn};
pub use rooted::Rooted;
pub use run::Invocation;
#[cfg(feature = "serde")]
pub use serde::Serde;
pub use streams::ProcessStreams;
pub use table::{Described, Pairs, Sequence};
pub use userdata::{UserData, UserDataFields, UserDataMethods, UserDataRef, UserDataRefMut};
