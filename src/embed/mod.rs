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
//! The borrow checker holds RG2. None of these compile. A value leaves its region:
//!
//! ```compile_fail
//! # let (engine, out) = (lunette::Engine::new(), bumpalo::Bump::new());
//! # let mut arena = lunette::Arena::new();
//! let mut kept = None;
//! let _ = engine.enter(&mut arena, &out, |region| {
//!     kept = Some(region.globals());
//!     Ok(())
//! });
//! ```
//!
//! An error leaves it without being copied:
//!
//! ```compile_fail
//! # let (engine, out) = (lunette::Engine::new(), bumpalo::Bump::new());
//! # let mut arena = lunette::Arena::new();
//! let mut kept = None;
//! let _ = engine.enter(&mut arena, &out, |region| {
//!     kept = Some(region.error("stays here"));
//!     Ok(())
//! });
//! ```
//!
//! An arena is trimmed, or entered again, while a region is open on it:
//!
//! ```compile_fail
//! # let (engine, out) = (lunette::Engine::new(), bumpalo::Bump::new());
//! # let mut arena = lunette::Arena::new();
//! let _ = engine.enter(&mut arena, &out, |_| {
//!     arena.trim(0);
//!     Ok(())
//! });
//! ```
//!
//! ```compile_fail
//! # let (engine, out) = (lunette::Engine::new(), bumpalo::Bump::new());
//! # let mut arena = lunette::Arena::new();
//! let _ = engine.enter(&mut arena, &out, |_| {
//!     let _ = engine.enter(&mut arena, &out, |_| Ok(()));
//!     Ok(())
//! });
//! ```
//!
//! Values of two regions are mixed:
//!
//! ```compile_fail
//! # let (engine, out) = (lunette::Engine::new(), bumpalo::Bump::new());
//! # let (mut one, mut two) = (lunette::Arena::new(), lunette::Arena::new());
//! let _ = engine.enter(&mut one, &out, |first| {
//!     let _ = engine.enter(&mut two, &out, |second| {
//!         first.raw_set(first.globals(), "mixed", second.globals())
//!     });
//!     Ok(())
//! });
//! ```
//!
//! What escaped outlives the region, and so much compiles, but not the caller's memory:
//!
//! ```
//! # let (engine, out) = (lunette::Engine::new(), bumpalo::Bump::new());
//! # let mut arena = lunette::Arena::new();
//! let text = engine.enter(&mut arena, &out, |region| region.escape_str(region.str("moon")?));
//! drop((arena, engine));
//! assert_eq!(text.ok(), Some("moon"));
//! ```
//!
//! ```compile_fail
//! # let (engine, out) = (lunette::Engine::new(), bumpalo::Bump::new());
//! # let mut arena = lunette::Arena::new();
//! let text = engine.enter(&mut arena, &out, |region| region.escape_str(region.str("moon")?));
//! drop(out);
//! assert_eq!(text.ok(), Some("moon"));
//! ```
//!
//! Absent on purpose: state that lives on between two regions of an engine. What one execution
//! leaves behind for the next is in the host's hands.
#![forbid(unsafe_code)]

#[cfg(feature = "async")]
mod asynchronous;
mod collections;
mod convert;
mod defaults;
mod engine;
mod execution;
mod failure;
mod files;
mod function;
mod host;
mod load;
mod lua;
#[cfg(doctest)]
mod misuse;
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
#[cfg(test)]
mod straight;
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
