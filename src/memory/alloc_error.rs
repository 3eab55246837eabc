//! The one error of the memory floor: small, `Copy`, and made without memory.

use core::fmt;

/// Which bound refused an allocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// The execution's byte budget.
    Budget,
    /// The chunk source had nothing left, or refused.
    Source,
    /// The byte budget, and what was set aside of it for reporting that it is used up.
    Reserve,
    /// The request itself can never be met (an absurd size).
    Request,
}

/// An allocation that was refused: by which bound, and for how many bytes.
///
/// It carries no memory of its own, so that it can always be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AllocError {
    bound: Bound,
    requested_bytes: usize,
}

impl AllocError {
    /// Makes the error for a request of `requested_bytes` that `bound` refused.
    #[cold]
    pub const fn new(bound: Bound, requested_bytes: usize) -> Self {
        Self {
            bound,
            requested_bytes,
        }
    }

    /// The bound that refused.
    pub const fn bound(self) -> Bound {
        self.bound
    }

    /// How many bytes were asked for.
    pub const fn requested_bytes(self) -> usize {
        self.requested_bytes
    }
}

impl fmt::Display for AllocError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = match self.bound {
            Bound::Budget => "the memory budget is used up",
            Bound::Reserve => "the memory budget and its reserve are used up",
            Bound::Source => "the chunk source gave nothing",
            Bound::Request => "no such block can exist",
        };
        write!(
            f,
            "not enough memory for {} bytes: {bound}",
            self.requested_bytes
        )
    }
}

impl core::error::Error for AllocError {}
