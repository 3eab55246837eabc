//! Events for who watches: regions opened and closed, evacuations, bounds that were reached.
//!
//! They are events of the crate `tracing`, at the level DEBUG, with the target `lunette`. Without
//! the feature of that name all of this is nothing.
#![forbid(unsafe_code)]
#![cfg_attr(not(feature = "tracing"), allow(unused_variables))]

use std::time::Duration;

use crate::error::{Category, ErrorKind};
use crate::memory::{Budget, Evacuated, HeapStats};

/// A region is open.
#[inline]
pub(crate) fn opened(budget: Budget, used_bytes: usize) {
    #[cfg(feature = "tracing")]
    {
        let budget_bytes = budget.limit_bytes();
        tracing::debug!(target: "lunette", budget_bytes, used_bytes, "region opened");
    }
}

/// A region is about to be closed.
#[inline]
pub(crate) fn closing(memory: HeapStats, steps: u64, error: Option<ErrorKind>) {
    #[cfg(feature = "tracing")]
    {
        if let Some(kind) = error
            && kind.category() == Category::Limit
        {
            tracing::debug!(target: "lunette", bound = kind.message(), "bound reached");
        }
        let (used_bytes, peak_bytes) = (memory.used_bytes, memory.peak_bytes);
        tracing::debug!(target: "lunette", used_bytes, peak_bytes, steps, "region closed");
    }
}

/// An evacuation is done.
#[inline]
pub(crate) fn evacuated(done: Evacuated, is_in_place: bool, time: Duration) {
    #[cfg(feature = "tracing")]
    {
        let Evacuated {
            before_bytes,
            after_bytes,
            copied_bytes,
        } = done;
        let reclaimed_bytes = before_bytes.saturating_sub(after_bytes);
        tracing::debug!(
            target: "lunette",
            before_bytes, after_bytes, copied_bytes, reclaimed_bytes, is_in_place, ?time,
            "evacuated"
        );
    }
}

/// What the functions above name is used either way.
const _: fn(ErrorKind) -> Category = ErrorKind::category;
