//! Lunette: a Lua 5.4 virtual machine whose every execution runs in a region.
//!
//! A region is one bounded piece of memory that holds all that a run allocates, and every error
//! that it raises. It is closed when the run ends, and its memory serves the next.
//!
//! | type | what it is |
//! | --- | --- |
//! | [`Engine`] | what runs share: libraries, defaults; cheap to clone, shared by threads |
//! | [`Program`] | a compiled script, outside every region, shared by threads |
//! | [`Arena`] | memory that runs use one after the other, with a [`Budget`] of bytes |
//! | [`Region`] | one run, open inside [`Engine::enter`]; [`Engine::run`] runs whole programs |
//! | [`Value`], [`Str`], [`Table`], [`Function`] | `Copy` handles into a region |
//! | [`Error`] | a code, and a payload if there was memory for it; [`OwnedError`] borrows nothing |
//! | [`RunOptions`] | fuel, time limit, cancellation, standard streams |
//!
//! ```
//! use bumpalo::Bump;
//! use lunette::{Arena, Engine, Str};
//!
//! let engine = Engine::new();
//! let program = engine.compile("greet.lua", "return 'hello, ' .. name")?;
//! let mut arena = Arena::with_budget(1 << 20);
//!
//! let out = Bump::new(); // the caller's memory
//! let greeting = engine.enter(&mut arena, &out, |region| {
//!     region.raw_set(region.globals(), "name", "moon")?;
//!     let text: Str = region.eval(&program)?;
//!     region.escape_str(text) // copied into `out`
//! });
//! assert_eq!(greeting.ok(), Some("hello, moon"));
//! # Ok::<(), lunette::OwnedError>(())
//! ```
//!
//! Values cannot leave their region. This does not compile, since `'r` ends with the closure:
//!
//! ```compile_fail
//! # use bumpalo::Bump;
//! # use lunette::{Arena, Engine, Value};
//! # let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
//! let leaked = engine.enter(&mut arena, &out, |region| Ok(region.globals()));
//! ```
//!
//! # Features
//!
//! `cli` (on by default) builds the `lunette` command and its dependencies; the library alone needs
//! `default-features = false`. `async` adds host functions that are futures, and calls of scripts
//! as futures, for any executor. `serde` takes any data into a region and out of it (`Serde`,
//! `Lua::to_value`, `Lua::from_value`). `testing` adds `testing::main`, which runs Lua test files
//! among the tests of a Rust package. `tracing` tells of regions opened and closed, evacuations and
//! bounds that were reached.

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
mod trace;
#[allow(dead_code)]
pub mod value;
#[allow(dead_code)]
pub mod vm;

#[cfg(feature = "async")]
pub use embed::BoxError;
#[cfg(feature = "serde")]
pub use embed::Serde;
#[cfg(any(feature = "cli", feature = "testing"))]
pub use embed::testing;
pub use embed::{
    Constant, Context, Described, Either, Engine, EngineBuilder, Execution, FromLua, FromLuaMulti,
    Function, IntoLua, IntoLuaMulti, Invocation, Lua, MemoryFiles, Module, MultiValue, Next, Pairs,
    ProcessFiles, ProcessStreams, Program, Raise, ReadOnlyFolder, Region, Rooted, RunOptions,
    RunStats, Sequence, Step, SystemClock, Turn, UserData, UserDataFields, UserDataMethods,
    UserDataRef, UserDataRefMut, Values, Variadic,
};
pub use error::{Category, Error, ErrorKind, HostCode, Notes, OwnedError};
pub use memory::{Arena, ArenaSource, Budget, BumpSource, ChunkSource, FixedSource, HeapStats};
pub use stdlib::LibrarySet;
pub use value::UserData as AnyUserData;
pub use value::{EscapeLimits, KindUsage, Str, Table, Thread, Unpacked, Value};
pub use vm::{
    Clock, Ending, EvacuationStats, FileSystem, FixedClock, HostFile, MemoryProfile, NoFiles,
    NoStreams, OpenMode, ProfileEntry, Streams,
};

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// So are those of the guide.
#[cfg(doctest)]
#[doc = include_str!("../docs/coming-from-mlua.md")]
struct ComingFromMlua;
