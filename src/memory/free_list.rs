//! Blocks whose death is certain (an outgrown table part or stack), kept by size for reuse.
#![allow(unsafe_code)]
//!
//! Sizes lie on a ladder of four rungs a doubling, so that rounding up wastes at most a quarter
//! and a block freed by one owner fits the next that asks for the same rung.
//!
//! - **F1** A block on rung `i` has exactly `rung_bytes(i)` bytes, and its first word links to the
//!   next block of that rung.

use core::cell::Cell;
use core::ptr::{self, NonNull};

use super::asan;

/// The smallest rung, in bytes.
pub(super) const RUNG_MIN_BYTES: usize = 32;
/// Blocks above this many bytes get a chunk of their own instead.
pub(super) const RUNG_MAX_BYTES: usize = 64 << 10;
const RUNG_COUNT: usize = 4 * (RUNG_MAX_BYTES.ilog2() - RUNG_MIN_BYTES.ilog2()) as usize + 1;

/// The rung for a block of `bytes`, which is at most [`RUNG_MAX_BYTES`].
#[inline]
fn rung_index(bytes: usize) -> usize {
    let bytes = bytes.max(RUNG_MIN_BYTES);
    // The doubling that `bytes - 1` lies in, and the quarter of it.
    let doubling = (bytes - 1).ilog2() as usize;
    let quarter = ((bytes - 1) >> (doubling - 2)) & 3;
    // A size that is a power of two is the last quarter of the doubling below it.
    (4 * doubling + quarter + 1) - 4 * RUNG_MIN_BYTES.ilog2() as usize
}

/// Bytes of the blocks on rung `index`.
#[inline]
fn rung_bytes(index: usize) -> usize {
    let doubling = RUNG_MIN_BYTES.ilog2() as usize + index / 4;
    (1 << doubling) + (index % 4) * (1 << (doubling - 2))
}

/// `bytes` rounded up to its rung.
#[inline]
pub(super) fn round_up(bytes: usize) -> usize {
    rung_bytes(rung_index(bytes))
}

/// A size of any magnitude rounded up to a ladder of four steps a doubling.
pub(super) fn step_up(bytes: usize) -> usize {
    let step = (bytes.max(RUNG_MIN_BYTES) - 1).ilog2() - 2;
    bytes.saturating_add((1 << step) - 1) >> step << step
}

struct Free {
    next: *mut Free,
}

/// The heads of the lists, and what they hold.
pub(super) struct FreeLists {
    heads: [Cell<*mut Free>; RUNG_COUNT],
    pub(super) free_bytes: Cell<usize>,
    pub(super) reused_blocks: Cell<u64>,
}

impl FreeLists {
    pub(super) const fn new() -> Self {
        Self {
            heads: [const { Cell::new(ptr::null_mut()) }; RUNG_COUNT],
            free_bytes: Cell::new(0),
            reused_blocks: Cell::new(0),
        }
    }

    /// Forgets all blocks: the chunks that they lie in go away.
    pub(super) fn clear(&self) {
        for head in &self.heads {
            head.set(ptr::null_mut());
        }
        self.free_bytes.set(0);
    }

    /// A dead block of the rung of `bytes`, or else the size of that rung's blocks.
    #[inline]
    pub(super) fn take(&self, bytes: usize) -> Result<NonNull<u8>, usize> {
        let index = rung_index(bytes);
        let head = self.heads.get(index).map_or(ptr::null_mut(), Cell::get);
        let Some(block) = NonNull::new(head) else {
            return Err(rung_bytes(index));
        };
        // SAFETY: F1.
        self.heads[index].set(unsafe { (*block.as_ptr()).next });
        self.free_bytes
            .set(self.free_bytes.get() - rung_bytes(index));
        self.reused_blocks.set(self.reused_blocks.get() + 1);
        asan::permit(block.as_ptr().cast(), rung_bytes(index));
        Ok(block.cast())
    }

    /// The size of the rung of `bytes`, if there is no dead block on it.
    #[inline(always)]
    pub(super) fn none_for(&self, bytes: usize) -> Option<usize> {
        let index = rung_index(bytes);
        let is_empty = self.heads.get(index)?.get().is_null();
        is_empty.then(|| rung_bytes(index))
    }

    /// Keeps the dead block at `start`, which was made for `bytes` rounded up.
    ///
    /// # Safety
    /// The block has `round_up(bytes)` bytes, is aligned to a word, and nobody uses it any more.
    pub(super) unsafe fn put(&self, start: NonNull<u8>, bytes: usize) {
        let index = rung_index(bytes);
        let Some(head) = self.heads.get(index) else {
            return;
        };
        asan::forbid(start.as_ptr(), rung_bytes(index));
        asan::permit(start.as_ptr(), size_of::<Free>());
        let block = start.cast::<Free>();
        // SAFETY: the caller's promise; a rung holds at least a word.
        unsafe { block.write(Free { next: head.get() }) };
        head.set(block.as_ptr());
        self.free_bytes
            .set(self.free_bytes.get() + rung_bytes(index));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_a_quarter_of_a_doubling_at_most() {
        for bytes in [
            1,
            31,
            32,
            33,
            100,
            4096,
            4097,
            5000,
            1 << 20,
            (1 << 20) + 1,
            9_999_999,
        ] {
            let stepped = step_up(bytes);
            assert!(
                stepped >= bytes && stepped <= (bytes + bytes / 4).max(32),
                "{bytes}"
            );
            assert_eq!(step_up(stepped), stepped, "{bytes}");
        }
    }

    #[test]
    fn every_size_fits_its_rung_and_not_the_one_below() {
        for bytes in 1..=RUNG_MAX_BYTES {
            let index = rung_index(bytes);
            assert!(index < RUNG_COUNT, "{bytes}");
            assert!(rung_bytes(index) >= bytes, "{bytes}");
            assert!(index == 0 || rung_bytes(index - 1) < bytes, "{bytes}");
            assert!(
                rung_bytes(index).is_multiple_of(super::super::ALIGN),
                "{bytes}"
            );
        }
    }
}
