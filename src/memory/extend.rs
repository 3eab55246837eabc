//! Large blocks that grow where they are, or move without being copied by us.
#![allow(unsafe_code)]

use core::ptr::NonNull;

use super::ALIGN;
use super::chunk::{Chunk, HEADER_BYTES};
use super::free_list::RUNG_MAX_BYTES;
use super::heap::Heap;

impl Heap<'_> {
    /// Makes a block of [`Heap::block`] larger if it has a chunk of its own and the source can do
    /// it. The result holds what the block held, and may lie elsewhere; then nobody may use the old
    /// block any more. `None`: the block is as it was, and a new one has to be asked for.
    ///
    /// # Safety
    /// `start` came from `block(old_bytes)`, or from here with `old_bytes` as the new size.
    pub(crate) unsafe fn extend_block(
        &self,
        start: NonNull<u8>,
        old_bytes: usize,
        bytes: usize,
    ) -> Option<NonNull<u8>> {
        let payload_bytes = bytes.checked_next_multiple_of(ALIGN)?;
        let more_bytes = payload_bytes.checked_sub(old_bytes.next_multiple_of(ALIGN))?;
        if old_bytes <= RUNG_MAX_BYTES || more_bytes > self.left_bytes() {
            return None;
        }
        // SAFETY: such a block is the payload of a chunk of its own (`block`).
        let chunk = unsafe { start.sub(HEADER_BYTES) }.cast::<Chunk>();
        // Out of the list meanwhile, whose links point to where it lies.
        self.with_chunks(|chunks| chunks.remove(chunk));
        let extended = self.with_lender(|lender| lender.extend(chunk, payload_bytes));
        self.with_chunks(|chunks| chunks.push(extended.unwrap_or(chunk)));
        let chunk = extended?;
        self.set_used(chunk, payload_bytes);
        self.settle(more_bytes);
        if let Some(watch) = self.watch.get() {
            watch.grew(more_bytes);
        }
        // SAFETY: a payload starts inside its block, never at null.
        Some(unsafe { NonNull::new_unchecked(Chunk::start(chunk)) })
    }
}
