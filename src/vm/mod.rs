//! Floor 7: the virtual machine. The loop, frames, calls, metamethods, coroutines, safepoints.
//!
//! One `State` owns all of an execution. Lua calls, metamethods, protected calls and coroutines
//! use frames in the region and never the Rust stack; host functions that call back do, to a fixed
//! depth.
//!
//! Absent on purpose: the compiler (`load` is a hook that `embed` fills), and any library.

mod args;
mod call;
mod call_cache;
mod charge;
mod context;
mod coroutine;
mod files;
mod finalize;
pub(crate) mod hook;
mod host;
mod inspect;
mod interrupt;
mod metamethod;
mod names;
mod native;
mod opened;
mod ops;
mod owned;
mod prepared;
mod profile;
mod protect;
mod reenter;
mod run;
mod safepoint;
mod slot;
mod state;
mod streams;
mod suspend;
mod symbols;
mod text_arith;
mod traceback;

pub(crate) use args::identity_of;
pub(crate) use context::CONTEXT;
pub(crate) use files::{Buffering, FileValue, OpenFile};
pub use files::{Clock, Ending, FileSystem, FixedClock, HostFile, NoFiles, OpenMode};
pub(crate) use host::{HostFunctions, HostScope};
pub(crate) use inspect::{Activation, parameter_name};
pub use interrupt::{DeadlinePlan, Limits};
pub(crate) use metamethod::Event;
pub(crate) use native::{Again, Call, Protection, Reply, Request, entry_of};
pub(crate) use opened::with_opened;
pub(crate) use owned::Owned;
pub(crate) use prepared::{Images, Preparation, PreparedRegion};
pub use profile::{MemoryProfile, ProfileEntry};
pub(crate) use reenter::Repeated;
pub use safepoint::EvacuationStats;
pub(crate) use state::{Setup, State};
pub use streams::{NoStreams, Streams};
pub(crate) use suspend::Progress;
pub(crate) use text_arith::METAMETHODS as TEXT_METAMETHODS;
