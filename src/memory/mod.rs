//! Floor 1: memory. Where an execution's bytes come from, what bounds them, and how they go back.
//!
//! ```text
//!  ChunkSource --grow--> chunk --lent by--> Arena --to--> Heap (one region)
//!       ^                                    |              |  a finger bumps through the newest
//!       +----------give_back-----------------+<---close-----+  dead blocks wait in free lists
//! ```
//!
//! - **M1** A chunk belongs to exactly one of: its source, an arena's kept list, a region's heap.
//! - **M2** Bytes handed out by a heap are inside one of its chunks, aligned to [`ALIGN`], and
//!   overlap nothing else that is in use.
//! - **M3** The bytes a heap has in use never exceed its budget.
//! - **M4** A failed request changes nothing that can be seen afterwards.
//!
//! Absent on purpose: destructors of region objects, and any collection of the Rust standard
//! library; what a script makes lives in chunks alone.

mod alloc_error;
mod arena;
mod asan;
mod budget;
mod buffer;
mod chunk;
mod evacuate;
mod extend;
mod free_list;
mod gaps;
mod handle;
mod heap;
mod large;
mod scratch;
mod source;
mod stats;
mod stress;
mod sweep;
mod unit;
mod warm;
mod watch;

pub use alloc_error::{AllocError, Bound};
pub use arena::Arena;
#[allow(unused_imports)]
pub(crate) use arena::Lender;
pub use budget::Budget;
pub(crate) use buffer::{Buffer, ParkedBuffer};
pub(crate) use evacuate::{Evacuated, OldSpace};
pub(crate) use handle::Brand;
pub use handle::Ref;
pub(crate) use heap::Heap;
pub use scratch::{Scratch, ScratchVec};
#[cfg(not(lunette_stress))]
pub use source::BumpSource;
pub use source::{ArenaSource, ChunkSource, FixedSource};
pub use stats::HeapStats;
pub use stress::StressSource;
#[cfg(lunette_stress)]
pub use stress::StressSource as BumpSource;
pub(crate) use sweep::{Cursor, Marks};
pub(crate) use unit::{Unit, UnitMemory};
pub(crate) use warm::Origin;
pub use watch::FaultPlan;
#[allow(unused_imports)]
pub(crate) use watch::Watch;

/// Alignment of every block that a heap hands out, in bytes.
pub const ALIGN: usize = 8;
