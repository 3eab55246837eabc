//! Watching allocations: for tests that let them fail, and for profiles.
#![forbid(unsafe_code)]
//!
//! A heap that is watched draws its limit at its finger, so that every allocation takes the slow
//! path, and asks there. A heap that is not watched pays nothing on its fast path.

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};

/// Is asked before each allocation of a heap.
pub(crate) trait Watch {
    /// Whether an allocation of `bytes` may go on; it fails otherwise.
    fn allows(&self, bytes: usize) -> bool;

    /// A block grew by `bytes` where it was, without being asked for anew.
    fn grew(&self, bytes: usize) {
        let _ = bytes;
    }
}

/// Lets allocations of a run fail, for tests of the VM and of hosts.
///
/// Allocations are counted from 1, in the order in which the run asks for them; how many there
/// were can be read while the run goes on and after it.
pub struct FaultPlan {
    first: u64,
    count: u64,
    seen: AtomicU64,
}

impl FaultPlan {
    /// No allocation fails; they are counted only.
    pub const fn none() -> Self {
        Self::new(u64::MAX, 0)
    }

    /// Allocation number `number` fails, and no other.
    pub const fn once(number: u64) -> Self {
        Self::new(number, 1)
    }

    /// Allocation number `number` fails, and all that come after it.
    pub const fn from(number: u64) -> Self {
        Self::new(number, u64::MAX)
    }

    const fn new(first: u64, count: u64) -> Self {
        Self {
            first,
            count,
            seen: AtomicU64::new(0),
        }
    }

    /// How many allocations were asked for so far.
    pub fn seen(&self) -> u64 {
        self.seen.load(Ordering::Relaxed)
    }
}

impl Watch for FaultPlan {
    fn allows(&self, _bytes: usize) -> bool {
        let number = self.seen.fetch_add(1, Ordering::Relaxed) + 1;
        number < self.first || number - self.first >= self.count
    }
}

impl fmt::Debug for FaultPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultPlan")
            .field("first", &self.first)
            .field("count", &self.count)
            .field("seen", &self.seen())
            .finish()
    }
}
