//! What a region began with, kept by the arena where it lies: the next one that begins with the
//! same takes it over instead of making it anew.
#![allow(unsafe_code)]
//!
//! - **WC1** A warm copy is the first bytes of one chunk (the whole), and all that is in use of
//!   others (its blocks). While it is kept, its chunks are kept chunks of the arena or are lent to
//!   the one region that took it over, and their bytes change by that region's hand alone.
//! - **WC2** It is forgotten as soon as one of its chunks is used for something else, grows or goes
//!   back to the source; when the region's objects move; and when the arena begins to zero.
//!
//! What the bytes mean, and which of them a region has changed, is known to who copied them.

use core::ptr::NonNull;
use std::sync::Arc;

use super::arena::Lender;
use super::chunk::{Chunk, HEADER_BYTES, Usage};
use super::heap::Heap;
use super::{ALIGN, AllocError};

/// Tells what copies were made of from everything else that lives, or has lived while a copy of it
/// is kept.
pub(crate) type Origin = Arc<()>;

/// The warm copy that an arena keeps.
#[derive(Debug)]
pub(super) struct Warm {
    origin: Option<Origin>,
    /// Where the whole starts, and how long it is.
    start: NonNull<u8>,
    bytes: usize,
    /// The number that chunks of this copy have; those of copies before have lower ones.
    stamp: u32,
    /// A region has it.
    is_lent: bool,
}

impl Warm {
    pub(super) const NONE: Self = Self {
        origin: None,
        start: NonNull::dangling(),
        bytes: 0,
        stamp: 0,
        is_lent: false,
    };

    /// Keeps nothing any more.
    pub(super) fn forget(&mut self) {
        self.origin = None;
    }

    /// Keeps nothing any more, if `chunk` is part of the copy.
    pub(super) fn forget_with(&mut self, chunk: NonNull<Chunk>) {
        if self.has(chunk) {
            self.forget();
        }
    }

    /// The region that had it is closed.
    pub(super) fn note_closed(&mut self) {
        self.is_lent = false;
    }

    /// The first payload bytes of `chunk` that belong to the copy.
    pub(super) fn kept_bytes(&self, chunk: NonNull<Chunk>) -> usize {
        match self.has(chunk) {
            true if Chunk::start(chunk) == self.start.as_ptr() => self.bytes,
            true => Chunk::used_bytes(chunk),
            false => 0,
        }
    }

    fn has(&self, chunk: NonNull<Chunk>) -> bool {
        // SAFETY: a listed chunk has an initialised header (M1).
        self.origin.is_some() && unsafe { (*chunk.as_ptr()).warm_stamp } == self.stamp
    }

    fn add(&self, chunk: NonNull<Chunk>) {
        // SAFETY: as above.
        unsafe { (*chunk.as_ptr()).warm_stamp = self.stamp };
    }
}

impl Lender<'_> {
    /// Lends a chunk of the warm copy.
    fn lend_warm(&mut self, chunk: NonNull<Chunk>) {
        debug_assert!(self.shelf.warm.has(chunk));
        self.shelf.warm.is_lent = true;
        self.shelf.kept.remove(chunk);
        Chunk::permit(chunk);
        self.shelf.note_lent(chunk);
    }
}

/// The chunk whose payload starts at `start`.
///
/// # Safety
/// Some chunk's payload does.
unsafe fn chunk_of(start: NonNull<u8>) -> NonNull<Chunk> {
    // SAFETY: the header lies before the payload.
    unsafe { start.sub(HEADER_BYTES) }.cast()
}

impl Heap<'_> {
    /// Where the whole of the warm copy starts, if the arena keeps one of `origin`.
    pub(crate) fn warm_copy(&self, origin: &Origin) -> Option<NonNull<u8>> {
        self.with_lender(|lender| {
            let warm = &lender.shelf.warm;
            let is_same = warm
                .origin
                .as_ref()
                .is_some_and(|kept| Arc::ptr_eq(kept, origin));
            (is_same && !warm.is_lent).then_some(warm.start)
        })
    }

    /// Takes the whole of the warm copy over: as [`Heap::bump_whole`] for as many bytes, which hold
    /// what they held when the region that had them was closed.
    ///
    /// # Errors
    /// Whoever watches refused.
    ///
    /// # Safety
    /// `start` and `bytes` are what was kept, the heap has nothing yet, and the budget allows it.
    pub(crate) unsafe fn take_over_whole(
        &self,
        start: NonNull<u8>,
        bytes: usize,
    ) -> Result<(), AllocError> {
        // SAFETY: the caller's promise.
        let chunk = unsafe { self.lend_kept(start, bytes)? };
        self.start_chunk(chunk);
        self.advance(bytes.next_multiple_of(ALIGN));
        Ok(())
    }

    /// Takes a block of the warm copy over: as [`Heap::block`] for as many bytes.
    ///
    /// # Errors
    /// Whoever watches refused.
    ///
    /// # Safety
    /// `start` and `bytes` are those of a block that was kept, and the budget allows it.
    pub(crate) unsafe fn take_over_block(
        &self,
        start: NonNull<u8>,
        bytes: usize,
    ) -> Result<(), AllocError> {
        // SAFETY: the caller's promise.
        let chunk = unsafe { self.lend_kept(start, bytes)? };
        self.enter_own(chunk, bytes.next_multiple_of(ALIGN));
        Ok(())
    }

    /// The chunk of what was kept at `start`, lent to this heap.
    ///
    /// # Errors
    /// Whoever watches refused.
    ///
    /// # Safety
    /// `start` is the start of what was kept.
    unsafe fn lend_kept(
        &self,
        start: NonNull<u8>,
        bytes: usize,
    ) -> Result<NonNull<Chunk>, AllocError> {
        self.ask(bytes)?;
        // SAFETY: the caller's promise.
        let chunk = unsafe { chunk_of(start) };
        self.with_lender(|lender| lender.lend_warm(chunk));
        Ok(chunk)
    }

    /// Has the arena keep what lies at `start`, which came from [`Heap::bump_whole`] in an empty
    /// heap, as a copy of `origin`; false if it does not keep such things.
    pub(crate) fn keep_warm(&self, origin: &Origin, start: NonNull<u8>, bytes: usize) -> bool {
        let bytes = bytes.next_multiple_of(ALIGN);
        self.with_lender(|lender| {
            lender.shelf.warm.forget();
            if self.isolates || lender.shelf.is_zeroing {
                return false;
            }
            let warm = &mut lender.shelf.warm;
            *warm = Warm {
                origin: Some(Arc::clone(origin)),
                start,
                bytes,
                // Zero is what new chunks have.
                stamp: warm.stamp.checked_add(1).unwrap_or(1),
                is_lent: true,
            };
            // SAFETY: the first piece of a heap starts a chunk.
            warm.add(unsafe { chunk_of(start) });
            true
        })
    }

    /// Has the arena keep a large block as a part of the copy.
    ///
    /// # Safety
    /// `start` came from [`Heap::block`], for a block that has a chunk of its own, and the copy is
    /// kept.
    pub(crate) unsafe fn keep_warm_block(&self, start: NonNull<u8>) {
        // SAFETY: the caller's promise.
        let chunk = unsafe { chunk_of(start) };
        self.with_lender(|lender| lender.shelf.warm.add(chunk));
    }

    /// Has the arena keep no copy: something in it is going to change and nobody takes note.
    pub(crate) fn forget_warm(&self) {
        self.with_lender(|lender| lender.shelf.warm.forget());
    }

    /// Lists a chunk that one block has alone.
    pub(super) fn enter_own(&self, chunk: NonNull<Chunk>, bytes: usize) {
        self.with_chunks(|chunks| chunks.push(chunk));
        self.set_usage(chunk, Usage::Own);
        self.set_used(chunk, bytes);
        // A kept chunk may be larger than what was asked for, and charged.
        let rest_bytes = Chunk::payload_bytes(chunk) - bytes;
        super::asan::forbid(Chunk::start(chunk).wrapping_add(bytes), rest_bytes);
        self.settle(bytes);
    }
}
