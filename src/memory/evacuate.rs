//! The memory side of an evacuation: a new space beside the old one.
#![allow(unsafe_code)]
//!
//! - **Y1** What survives fits the chunks that are set aside before anything is copied: every small
//!   block of the old space could be copied without asking for more. So an evacuation that has
//!   begun cannot run out of memory, and one that cannot begin has changed nothing. A source that
//!   isolates is a memory checker's, and is taken to have memory.
//! - **Y2** A block with a chunk of its own is not copied: its chunk moves to the new space.
//! - **Y3** The budget counts both spaces while the evacuation runs.

use core::ptr::NonNull;

use super::chunk::{CHUNK_MAX_BYTES, Chunk, ChunkList, HEADER_BYTES, Usage};
use super::free_list::{self, RUNG_MAX_BYTES};
use super::watch::Watch;
use super::{AllocError, Bound, Heap};

/// Bytes of survivors that one chunk set aside is meant for.
const SPARE_BYTES: usize = 4 << 20;
/// The least that must be allocated between two evacuations, in bytes. Both spaces then fit the
/// processor's second cache, and small programs stay small; programs that make small objects take
/// the same time with 1 MiB (`docs/performance.md`).
const GROWTH_MIN_BYTES: usize = 256 << 10;

/// The chunks that an evacuation leaves.
pub(crate) struct OldSpace {
    pub(super) chunks: ChunkList,
    pub(super) used_bytes: usize,
    budget_bytes: usize,
    watch: Option<&'static dyn Watch>,
    /// Bytes of it that are in the new space as well, for they stay where they are.
    shared_bytes: usize,
}

/// What an evacuation did, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Evacuated {
    pub(crate) before_bytes: usize,
    pub(crate) after_bytes: usize,
    /// What was copied: survivors without a chunk of their own, and nothing in place.
    pub(crate) copied_bytes: usize,
}

impl Heap<'_> {
    /// Begins an evacuation: from now on allocations go to a new space.
    ///
    /// # Errors
    /// There is no room for the survivors; nothing has changed.
    pub(crate) fn start_evacuation(&self) -> Result<OldSpace, AllocError> {
        let (small_bytes, _) = self.split_usage();
        if small_bytes > self.left_bytes() {
            return Err(AllocError::new(Bound::Budget, small_bytes));
        }
        if !self.isolates {
            self.set_aside(small_bytes)?;
        }
        Ok(self.leave_space())
    }

    /// Leaves all chunks but permanent ones to the old space.
    pub(super) fn leave_space(&self) -> OldSpace {
        let (_, permanent_bytes) = self.split_usage();
        self.note_current();
        let mut old = ChunkList::EMPTY;
        let mut kept = ChunkList::EMPTY;
        let mut next = self.chunks.get().first();
        while let Some(chunk) = next {
            next = ChunkList::after(chunk);
            // SAFETY: a listed chunk has an initialised header (M1).
            let usage = unsafe { (*chunk.as_ptr()).usage };
            if usage == Usage::Permanent {
                kept.push(chunk)
            } else {
                old.push(chunk)
            }
        }
        let used_bytes = self.used_bytes();
        let budget_bytes = self.budget_bytes.replace(usize::MAX);
        self.chunks.set(kept);
        self.forget_run();
        self.settled_bytes.set(permanent_bytes);
        // Copies of survivors are no allocations of the script.
        let watch = self.set_watch(None);
        self.free.clear();
        self.whole.set((0, 0));
        self.gaps.clear();
        self.epoch.set(self.epoch.get().wrapping_add(1));
        OldSpace {
            chunks: old,
            used_bytes,
            budget_bytes,
            watch,
            shared_bytes: permanent_bytes,
        }
    }

    /// Bytes in use in chunks that the finger moved through, and in permanent ones.
    fn split_usage(&self) -> (usize, usize) {
        let (mut small, mut permanent) = (self.current_bytes(), 0);
        let mut next = self.chunks.get().first();
        while let Some(chunk) = next {
            next = ChunkList::after(chunk);
            // SAFETY: a listed chunk has an initialised header (M1).
            let header = unsafe { &*chunk.as_ptr() };
            match header.usage {
                Usage::Bump => small += header.used_bytes,
                Usage::Permanent => permanent += header.used_bytes,
                _ => {}
            }
        }
        (small, permanent)
    }

    /// Takes chunks for `bytes` of survivors. Each has slack for the largest block that may not
    /// fit its end, so that none of `bytes` is lost to gaps (Y1).
    fn set_aside(&self, bytes: usize) -> Result<(), AllocError> {
        let mut spare = ChunkList::EMPTY;
        let mut covered = 0;
        while covered < bytes || spare.count == 0 {
            let piece = SPARE_BYTES.min(bytes - covered);
            // A few sizes only, so that the next evacuation finds a kept chunk that fits.
            let payload = free_list::step_up(piece + RUNG_MAX_BYTES);
            match self.with_lender(|lender| lender.chunk(payload, payload)) {
                Ok(chunk) => spare.push(chunk),
                Err(error) => {
                    self.with_lender(|lender| lender.shelve(spare));
                    return Err(error);
                }
            }
            covered += piece;
        }
        self.spare.set(spare);
        Ok(())
    }

    /// Moves the chunk of a block that has one of its own to the new space; true the first time.
    ///
    /// # Safety
    /// `start` came from this heap, for more than [`RUNG_MAX_BYTES`] bytes.
    pub(crate) unsafe fn rescue(&self, old: &mut OldSpace, start: NonNull<u8>) -> bool {
        // SAFETY: such a block is the payload of a chunk of its own.
        let chunk = unsafe { start.sub(HEADER_BYTES) }.cast::<Chunk>();
        // SAFETY: a listed chunk has an initialised header (M1).
        let header = unsafe { &mut *chunk.as_ptr() };
        debug_assert_eq!(header.usage, Usage::Own);
        if header.epoch == self.epoch.get() {
            return false;
        }
        header.epoch = self.epoch.get();
        let used_bytes = header.used_bytes;
        old.chunks.remove(chunk);
        old.shared_bytes += used_bytes;
        self.with_chunks(|chunks| chunks.push(chunk));
        self.settled_bytes
            .set(self.settled_bytes.get() + used_bytes);
        true
    }

    /// The number of the newest evacuation.
    pub(crate) fn epoch(&self) -> u32 {
        self.epoch.get()
    }

    /// Whether the evacuation under way has moved the chunk of such a block.
    ///
    /// # Safety
    /// As [`Heap::rescue`].
    pub(crate) unsafe fn is_rescued(&self, start: NonNull<u8>) -> bool {
        // SAFETY: such a block is the payload of a chunk of its own.
        let chunk = unsafe { start.sub(HEADER_BYTES) }.cast::<Chunk>();
        // SAFETY: a listed chunk has an initialised header (M1).
        unsafe { (*chunk.as_ptr()).epoch == self.epoch.get() }
    }

    /// Whether a block of `bytes` has a chunk of its own.
    pub(crate) fn has_own_chunk(bytes: usize) -> bool {
        bytes > RUNG_MAX_BYTES
    }

    /// Ends an evacuation: the old space goes back to the arena.
    pub(crate) fn finish_evacuation(&self, old: OldSpace) -> Evacuated {
        // Before dead units go: what is shared counts them.
        let copied_bytes = self.used_bytes() - old.shared_bytes;
        self.sweep_units();
        let spare = self.spare.replace(ChunkList::EMPTY);
        self.with_lender(|lender| lender.shelve(spare));
        self.close_old_space(old, copied_bytes)
    }

    /// Gives back what is left of an old space, out of which so many bytes were copied.
    pub(super) fn close_old_space(&self, old: OldSpace, copied_bytes: usize) -> Evacuated {
        let both_bytes = old.used_bytes + copied_bytes;
        self.budget_bytes.set(old.budget_bytes);
        self.with_lender(|lender| lender.shelve(old.chunks));
        self.restore_reserve();
        self.set_watch(old.watch);
        let after_bytes = self.used_bytes();
        self.peak_bytes.set(self.peak_bytes.get().max(both_bytes));
        self.rearm_threshold();
        self.trim_kept();
        Evacuated {
            before_bytes: old.used_bytes,
            after_bytes,
            copied_bytes,
        }
    }

    /// Sets the threshold for the next evacuation: after as much was allocated as would have to be
    /// copied now, and half as much as lies in large blocks. If the budget does not allow that, it
    /// is early enough that the survivors find room beside what there is, or else, if that were too
    /// soon to pay, before all is used: they will have to stay where they are.
    pub(crate) fn rearm_threshold(&self) {
        let used_bytes = self.used_bytes();
        let (small_bytes, _) = self.split_usage();
        let large_bytes = used_bytes - small_bytes.min(used_bytes);
        // Large blocks are looked at, but not copied, and may be most of what there is.
        let growth = small_bytes.saturating_add(large_bytes / 2);
        let grown = used_bytes.saturating_add(growth.max(GROWTH_MIN_BYTES));
        let budget_bytes = self.budget_bytes.get();
        let bound = large_bytes.saturating_add(budget_bytes.saturating_sub(large_bytes) / 2);
        let next = if bound >= used_bytes.saturating_add(used_bytes / 2) {
            grown.min(bound)
        } else {
            let left_bytes = self.left_bytes();
            // The last part of the budget is not worth an evacuation each.
            let least = (budget_bytes / 64).max(RUNG_MAX_BYTES);
            grown.min(used_bytes.saturating_add((left_bytes - left_bytes / 4).max(least)))
        };
        self.set_threshold(next);
    }

    /// Sets the threshold after an evacuation found no room: blocks that are freed may make some.
    pub(crate) fn postpone_threshold(&self) {
        let half_left = self.left_bytes() / 2;
        let next = self
            .used_bytes()
            .saturating_add(half_left.max(RUNG_MAX_BYTES));
        self.set_threshold(next);
    }

    /// Gives chunks back to their source that are not needed until the next evacuation is over,
    /// if what is small grows as it did: for large blocks fresh chunks are as good.
    fn trim_kept(&self) {
        let until = self.threshold_bytes.get().saturating_sub(self.used_bytes());
        let (small_bytes, _) = self.split_usage();
        let until = until.min(small_bytes.max(GROWTH_MIN_BYTES));
        let next_spare = small_bytes
            .saturating_add(until)
            .saturating_add(RUNG_MAX_BYTES);
        // What the current chunk has no room for goes to others.
        let beyond = match until.saturating_sub(self.chunk_room()) {
            0 => HEADER_BYTES,
            more => more.saturating_add(CHUNK_MAX_BYTES),
        };
        let needed = free_list::step_up(next_spare).saturating_add(beyond);
        self.with_lender(|lender| lender.trim(needed));
    }
}
