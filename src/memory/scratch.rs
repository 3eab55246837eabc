//! Memory for work in progress: syntax trees and what the compiler keeps while it runs.
#![allow(unsafe_code)]
//!
//! A scratch takes whole chunks from a heap, under the same budget, and returns all of them when
//! it is dropped.
//!
//! - **S1** What a scratch hands out is never handed out twice before the scratch is dropped, so
//!   references live as long as the borrow of the scratch.

use core::cell::Cell;
use core::marker::PhantomData;
use core::mem::{MaybeUninit, needs_drop};
use core::ops::{Deref, DerefMut};
use core::ptr::{self, NonNull};
use core::slice;

use super::chunk::{CHUNK_MAX_BYTES, CHUNK_MIN_BYTES, Chunk, HEADER_BYTES};
use super::large::HUGE_PAGE_BYTES;
use super::{ALIGN, AllocError, Arena, Bound, ChunkSource, Heap};

/// A bump allocator for one compilation.
pub struct Scratch<'h> {
    heap: NonNull<Heap<'static>>,
    lifetime: PhantomData<&'h ()>,
    finger: Cell<*mut u8>,
    limit: Cell<*mut u8>,
    // The newest chunk taken; each chunk's payload starts with a link to the one before.
    newest: Cell<*mut Chunk>,
    wanted_bytes: Cell<usize>,
}

const LINK_BYTES: usize = size_of::<*mut Chunk>();
/// The largest payload that is asked for when no single value needs more. The tree of a large
/// source takes 20 times its length, and touching fresh pages one by one would be a third of the
/// time that compiling it takes; so the chunk is one huge page.
const WANTED_MAX_BYTES: usize = HUGE_PAGE_BYTES - HEADER_BYTES;
/// With fewer of them left of the budget no huge page is asked for: what is not used of the last
/// one is held all the same, which is more than a small budget allows a process beside it.
const HUGE_PAGES_LEFT_MIN: usize = 64;
/// The largest payload before that: a step of 1 MiB would be 256 small pages.
const DOUBLED_MAX_BYTES: usize = 512 << 10;

impl<'h> Scratch<'h> {
    /// A scratch that takes its chunks from `heap`.
    pub(crate) fn new_in(heap: &'h Heap<'_>) -> Self {
        Self {
            heap: NonNull::from(heap).cast(),
            lifetime: PhantomData,
            finger: Cell::new(ptr::null_mut()),
            limit: Cell::new(ptr::null_mut()),
            newest: Cell::new(ptr::null_mut()),
            wanted_bytes: Cell::new(CHUNK_MIN_BYTES - HEADER_BYTES),
        }
    }

    /// Runs `act` with a scratch on memory of `arena`, all of which is returned afterwards.
    pub(crate) fn with_arena<S: ChunkSource, R>(
        arena: &mut Arena<S>,
        act: impl FnOnce(&Scratch<'_>) -> R,
    ) -> R {
        // SAFETY: the heap ends before the arena's borrow does.
        let heap = unsafe { Heap::open(arena.lend(), 0) };
        act(&Scratch::new_in(&heap))
    }

    /// Runs `act` with a scratch of its own, for tests of the floors above.
    #[cfg(test)]
    pub(crate) fn with_budget<R>(limit_bytes: usize, act: impl FnOnce(&Scratch<'_>) -> R) -> R {
        Self::with_arena(&mut Arena::with_budget(limit_bytes), act)
    }

    /// Bytes that it and all else in its heap take up.
    #[cfg(all(test, not(lunette_stress)))]
    pub(crate) fn heap_bytes(&self) -> usize {
        self.heap().used_bytes()
    }

    fn heap(&self) -> &Heap<'static> {
        // SAFETY: borrowed for `'h`; the brand says whose objects a heap makes, and a scratch
        // makes none.
        unsafe { self.heap.as_ref() }
    }

    #[inline]
    fn bump(&self, bytes: usize) -> Result<NonNull<u8>, AllocError> {
        let free_bytes = self.limit.get().addr() - self.finger.get().addr();
        if bytes > free_bytes || free_bytes == 0 {
            self.start_chunk(bytes)?;
        }
        let start = self.finger.get();
        // `limit` is aligned, so rounding up cannot pass it.
        // SAFETY: `bytes` rounded up lies within the chunk.
        self.finger
            .set(unsafe { start.add(bytes.next_multiple_of(ALIGN)) });
        // SAFETY: inside a chunk, so not null.
        Ok(unsafe { NonNull::new_unchecked(start) })
    }

    #[cold]
    fn start_chunk(&self, bytes: usize) -> Result<(), AllocError> {
        let needed = bytes
            .checked_add(LINK_BYTES + ALIGN)
            .ok_or(AllocError::new(Bound::Request, bytes))?;
        let wanted = self.wanted_bytes.get();
        let heap = self.heap();
        let chunk = heap
            .take_chunk(wanted.max(needed))
            .or_else(|_| heap.take_chunk(needed))?;
        let doubled = 2 * (wanted + HEADER_BYTES) - HEADER_BYTES;
        self.wanted_bytes.set(if doubled <= DOUBLED_MAX_BYTES {
            doubled
        } else if heap.left_bytes() / HUGE_PAGE_BYTES >= HUGE_PAGES_LEFT_MIN {
            WANTED_MAX_BYTES
        } else {
            doubled.min(CHUNK_MAX_BYTES)
        });
        let start = Chunk::start(chunk);
        // SAFETY: the payload holds at least the link, and is aligned for it.
        unsafe { start.cast::<*mut Chunk>().write(self.newest.get()) };
        self.newest.set(chunk.as_ptr());
        // Only what was charged may be used; the chunk may be larger.
        let payload = Chunk::used_bytes(chunk) & !(ALIGN - 1);
        // SAFETY: both offsets are within the payload.
        self.finger.set(unsafe { start.add(LINK_BYTES) });
        // SAFETY: as above.
        self.limit.set(unsafe { start.add(payload) });
        Ok(())
    }

    /// Allocates a value that needs no destructor.
    ///
    /// # Errors
    /// The heap's budget or source refused.
    #[allow(clippy::mut_from_ref, reason = "each call returns fresh memory (S1)")]
    pub fn alloc<T: Copy>(&self, value: T) -> Result<&mut T, AllocError> {
        let pointer = self.place(value)?;
        // SAFETY: fresh and initialised, and nobody else has it (S1).
        Ok(unsafe { &mut *pointer.as_ptr() })
    }

    /// Allocates a value that may hold `Cell`s and needs no destructor.
    ///
    /// # Errors
    /// The heap's budget or source refused.
    pub fn alloc_cell<T>(&self, value: T) -> Result<&T, AllocError> {
        const { assert!(!needs_drop::<T>()) };
        let pointer = self.place(value)?;
        // SAFETY: fresh and initialised (S1).
        Ok(unsafe { pointer.as_ref() })
    }

    fn place<T>(&self, value: T) -> Result<NonNull<T>, AllocError> {
        const { assert!(align_of::<T>() <= ALIGN) };
        let pointer = self.bump(size_of::<T>())?.cast::<T>();
        // SAFETY: fresh bytes, large and aligned enough.
        unsafe { pointer.write(value) };
        Ok(pointer)
    }

    /// Copies a slice into the scratch.
    ///
    /// # Errors
    /// The heap's budget or source refused.
    pub fn copy_slice<T: Copy>(&self, values: &[T]) -> Result<&[T], AllocError> {
        const { assert!(align_of::<T>() <= ALIGN) };
        let start = self.bump(size_of_val(values))?.cast::<T>();
        // SAFETY: fresh bytes, as many as the slice has.
        unsafe { ptr::copy_nonoverlapping(values.as_ptr(), start.as_ptr(), values.len()) };
        // SAFETY: initialised just now.
        Ok(unsafe { slice::from_raw_parts(start.as_ptr(), values.len()) })
    }

    #[allow(clippy::mut_from_ref, reason = "each call returns fresh memory (S1)")]
    fn uninit_slice<T>(&self, len: usize) -> Result<&mut [MaybeUninit<T>], AllocError> {
        let bytes = len
            .checked_mul(size_of::<T>())
            .ok_or(AllocError::new(Bound::Request, usize::MAX))?;
        let start = self.bump(bytes)?.cast::<MaybeUninit<T>>();
        // SAFETY: fresh bytes; uninitialised content is allowed.
        Ok(unsafe { slice::from_raw_parts_mut(start.as_ptr(), len) })
    }
}

impl Drop for Scratch<'_> {
    fn drop(&mut self) {
        let mut next = self.newest.get();
        while let Some(chunk) = NonNull::new(next) {
            // SAFETY: the link at the payload's start, written by `start_chunk`.
            next = unsafe { Chunk::start(chunk).cast::<*mut Chunk>().read() };
            self.heap().return_chunk(chunk);
        }
    }
}

/// A growing array in a [`Scratch`]; outgrown copies stay in the scratch until it is dropped.
pub struct ScratchVec<'a, T: Copy> {
    scratch: &'a Scratch<'a>,
    buffer: &'a mut [MaybeUninit<T>],
    len: usize,
}

impl<'a, T: Copy> ScratchVec<'a, T> {
    /// An empty array, which allocates nothing yet.
    pub fn new_in(scratch: &'a Scratch<'_>) -> Self {
        Self {
            scratch,
            buffer: &mut [],
            len: 0,
        }
    }

    /// Appends `value`.
    ///
    /// # Errors
    /// The heap's budget or source refused; the array is as it was.
    #[inline]
    pub fn push(&mut self, value: T) -> Result<(), AllocError> {
        if self.len == self.buffer.len() {
            self.grow()?;
        }
        if let Some(slot) = self.buffer.get_mut(self.len) {
            slot.write(value);
            self.len += 1;
        }
        Ok(())
    }

    #[cold]
    fn grow(&mut self) -> Result<(), AllocError> {
        let larger = self.scratch.uninit_slice::<T>((2 * self.len).max(8))?;
        larger[..self.len].copy_from_slice(&self.buffer[..self.len]);
        self.buffer = larger;
        Ok(())
    }

    /// Takes the last value off.
    pub fn pop(&mut self) -> Option<T> {
        let last = self.last().copied();
        self.len = self.len.saturating_sub(1);
        last
    }

    /// Keeps the first `len` values.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// The values.
    pub fn as_slice(&self) -> &[T] {
        self
    }

    /// The values, to be changed.
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        self
    }

    /// The values for as long as the scratch lives.
    pub fn into_slice(self) -> &'a [T] {
        let buffer: &'a [MaybeUninit<T>] = self.buffer;
        // SAFETY: the first `len` slots were written by `push`.
        unsafe { slice::from_raw_parts(buffer.as_ptr().cast(), self.len) }
    }
}

impl<T: Copy> Deref for ScratchVec<'_, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // SAFETY: the first `len` slots were written by `push`.
        unsafe { slice::from_raw_parts(self.buffer.as_ptr().cast(), self.len) }
    }
}

impl<T: Copy> DerefMut for ScratchVec<'_, T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: the first `len` slots were written by `push`, and the buffer is borrowed alone.
        unsafe { slice::from_raw_parts_mut(self.buffer.as_mut_ptr().cast(), self.len) }
    }
}

#[cfg(all(test, not(lunette_stress)))]
mod tests {
    use super::*;

    #[test]
    fn a_large_scratch_is_made_of_huge_pages() {
        Scratch::with_budget(usize::MAX, |scratch| {
            let mut sizes = Vec::new();
            let mut newest = ptr::null_mut();
            for _ in 0..(8 << 20) / 64 {
                scratch.alloc([0_u64; 8]).expect("memory");
                if newest != scratch.newest.get() {
                    newest = scratch.newest.get();
                    sizes.push(Chunk::bytes(NonNull::new(newest).expect("a chunk")));
                }
            }
            assert_eq!(sizes.first(), Some(&CHUNK_MIN_BYTES));
            assert!(sizes.is_sorted());
            let huge = sizes.iter().filter(|bytes| **bytes == HUGE_PAGE_BYTES);
            assert_eq!(huge.count(), 4, "{sizes:?}");
            assert_eq!(sizes.last(), Some(&HUGE_PAGE_BYTES));
        });
    }
}
