//! What a sweep left free between survivors, kept by size for the finger to go through.
#![allow(unsafe_code)]
//!
//! - **GP1** A gap holds at least [`GAP_MIN_BYTES`] and lies in a swept chunk of the heap; its
//!   first words are a [`Hole`]. It counts as free, and what is too small for one counts as used.
//! - **GP2** List `i` has the gaps of `2^i * GAP_MIN_BYTES` bytes and more, up to the next list's.

use core::cell::Cell;
use core::ptr::{self, NonNull};

use super::chunk::Chunk;
use super::{ALIGN, asan};

/// The smallest gap, in bytes.
pub(super) const GAP_MIN_BYTES: usize = 32;
/// Gaps of the last list are at least as large as any request for a part of a chunk.
const LIST_COUNT: usize = 12;
/// How many gaps of a list that may be too small are tried.
const TRIES_MAX: usize = 8;

/// The first words of a gap.
#[repr(C)]
struct Hole {
    next: *mut Hole,
    bytes: usize,
    chunk: *mut Chunk,
}

const _: () = assert!(size_of::<Hole>() <= GAP_MIN_BYTES && align_of::<Hole>() <= ALIGN);

/// A gap that was taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap {
    pub(super) start: NonNull<u8>,
    pub(super) bytes: usize,
    pub(super) chunk: NonNull<Chunk>,
}

/// The gaps of a heap.
pub(super) struct Gaps {
    heads: [Cell<*mut Hole>; LIST_COUNT],
    /// Bytes of all of them.
    pub(super) bytes: Cell<usize>,
}

fn list_index(bytes: usize) -> usize {
    ((bytes / GAP_MIN_BYTES).ilog2() as usize).min(LIST_COUNT - 1)
}

impl Gaps {
    pub(super) const fn new() -> Self {
        Self {
            heads: [const { Cell::new(ptr::null_mut()) }; LIST_COUNT],
            bytes: Cell::new(0),
        }
    }

    /// Forgets all gaps: the chunks that they lie in go away, or are swept anew.
    pub(super) fn clear(&self) {
        for head in &self.heads {
            head.set(ptr::null_mut());
        }
        self.bytes.set(0);
    }

    /// Keeps a gap, and says whether it is large enough for that.
    ///
    /// # Safety
    /// The bytes lie in the payload of `chunk`, aligned, and nobody uses them.
    pub(super) unsafe fn put(&self, start: *mut u8, bytes: usize, chunk: NonNull<Chunk>) -> bool {
        asan::forbid(start, bytes);
        if bytes < GAP_MIN_BYTES {
            return false;
        }
        asan::permit(start, size_of::<Hole>());
        debug_assert!(start.addr().is_multiple_of(ALIGN));
        let head = &self.heads[list_index(bytes)];
        let hole = start.cast::<Hole>();
        let next = head.get();
        let chunk = chunk.as_ptr();
        // SAFETY: the caller's promise; a hole fits.
        unsafe { hole.write(Hole { next, bytes, chunk }) };
        head.set(hole);
        self.bytes.set(self.bytes.get() + bytes);
        true
    }

    /// Takes a gap of at least `bytes` bytes: one of the largest, through which the finger moves
    /// longest.
    pub(super) fn take(&self, bytes: usize) -> Option<Gap> {
        if bytes > self.bytes.get() {
            return None;
        }
        for head in self.heads.iter().rev() {
            let mut place = head.as_ptr();
            for _ in 0..TRIES_MAX {
                // SAFETY: `place` is a head, or the link of a gap that is kept (GP1).
                let Some(hole) = NonNull::new(unsafe { *place }) else {
                    break;
                };
                // SAFETY: a kept gap starts with a hole (GP1).
                let Hole {
                    next,
                    bytes: held,
                    chunk,
                } = unsafe { hole.read() };
                if held >= bytes {
                    // SAFETY: as above.
                    unsafe { *place = next };
                    self.bytes.set(self.bytes.get() - held);
                    return NonNull::new(chunk).map(|chunk| Gap {
                        start: hole.cast(),
                        bytes: held,
                        chunk,
                    });
                }
                // SAFETY: a field of a kept gap.
                place = unsafe { &raw mut (*hole.as_ptr()).next };
            }
        }
        None
    }
}
