//! Tests written in Lua: each case runs in a region of its own.
#![forbid(unsafe_code)]
//!
//! `lunette test` is made of this; a Rust host may run Lua test files among its own tests
//! (feature `testing`), or use the parts:
//!
//! ```no_run
//! use lunette::testing::{Bounds, Ending, Runner};
//!
//! let runner = Runner::new(Bounds::new())?;
//! let suite = runner.load("tests/parser_test.lua".as_ref());
//! let mut arena = runner.arena();
//! for index in 0..suite.cases.len() {
//!     let outcome = runner.run(&suite, index, &mut arena);
//!     println!("{}: {:?}", suite.cases[index].name, outcome.ending);
//! }
//! # Ok::<(), lunette::OwnedError>(())
//! ```
//!
//! - **D1** Every case runs in a region that begins as its file left one, before any case ran: no
//!   case sees what another one did, whatever the order.
//!
//! Absent on purpose: a way for cases to share state.

mod check;
mod discover;
#[cfg(feature = "testing")]
mod harness;
mod runner;

pub use check::{Fixture, check_repeatable};
pub use discover::{files, newest_change};
#[cfg(feature = "testing")]
pub use harness::main;
pub use runner::{Bounds, Case, Ending, Hits, Outcome, Runner, Suite};
