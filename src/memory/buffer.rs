//! Growing arrays for work in progress: the bytes of a result, the items that are sorted.
#![allow(unsafe_code)]
//!
//! A buffer takes a block from a region's heap and gives it back when it is dropped, so that what
//! a library function needs on the way is used again by the next.
//!
//! - **B1** `start` points to a block of `cap` items of the heap, or dangles when `cap` is 0.
//! - **B2** `len <= cap`, and the first `len` items are initialised.
//! - **B3** A parked buffer is branded with its region, whose heap is the only one with that brand.
//!
//! Absent on purpose: destructors of items. Items are `Copy`.

use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::{Deref, DerefMut};
use core::ptr::{self, NonNull};
use core::slice;

use super::handle::Brand;
use super::{ALIGN, AllocError, Bound, Heap};

/// The smallest block that a buffer takes, in bytes.
const BLOCK_MIN_BYTES: usize = 256;

/// A growing array in blocks of a region's heap.
pub(crate) struct Buffer<'r, T: Copy = u8> {
    heap: &'r Heap<'r>,
    start: NonNull<T>,
    len: usize,
    cap: usize,
}

impl<'r, T: Copy> Buffer<'r, T> {
    /// An empty buffer, which has no memory yet.
    #[inline]
    pub(crate) fn new_in(heap: &'r Heap<'r>) -> Self {
        const { assert!(align_of::<T>() <= ALIGN && size_of::<T>() > 0) };
        Self {
            heap,
            start: NonNull::dangling(),
            len: 0,
            cap: 0,
        }
    }

    /// Makes room for `count` more items.
    ///
    /// # Errors
    /// The heap has no such block; the buffer is as it was.
    #[inline]
    pub(crate) fn reserve(&mut self, count: usize) -> Result<(), AllocError> {
        if count <= self.cap - self.len {
            return Ok(());
        }
        self.grow(count)
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, count: usize) -> Result<(), AllocError> {
        let needed = self.len.checked_add(count);
        let needed = needed.ok_or(AllocError::new(Bound::Request, usize::MAX))?;
        let wanted = needed.max(self.cap.saturating_mul(2));
        let wanted = wanted.max(BLOCK_MIN_BYTES / size_of::<T>());
        // Where twice as much does not fit the budget, an eighth more may: growing by just enough
        // would copy everything at every push.
        let less = needed.max(self.cap + self.cap / 8);
        if self.extend_to(wanted) || self.extend_to(less) {
            return Ok(());
        }
        let (start, cap) = match self.block(wanted) {
            Ok(start) => (start, wanted),
            Err(_) => (self.block(less)?, less),
        };
        // SAFETY: the new block holds at least the items of the old one, and is another (B1, B2).
        unsafe { ptr::copy_nonoverlapping(self.start.as_ptr(), start.as_ptr(), self.len) };
        self.free();
        (self.start, self.cap) = (start, cap);
        Ok(())
    }

    /// Makes the block larger without holding two of them, if it is a large one and its source can
    /// do that.
    fn extend_to(&mut self, count: usize) -> bool {
        let Some(bytes) = count.checked_mul(size_of::<T>()) else {
            return false;
        };
        if self.cap == 0 {
            return false;
        }
        let old_bytes = self.cap * size_of::<T>();
        // SAFETY: the block of `cap` items, which nothing else points to (B1).
        let extended = unsafe { self.heap.extend_block(self.start.cast(), old_bytes, bytes) };
        if let Some(start) = extended {
            (self.start, self.cap) = (start.cast(), count);
        }
        extended.is_some()
    }

    fn block(&self, count: usize) -> Result<NonNull<T>, AllocError> {
        let bytes = count
            .checked_mul(size_of::<T>())
            .ok_or(AllocError::new(Bound::Request, usize::MAX))?;
        Ok(self.heap.block(bytes)?.cast())
    }

    fn free(&mut self) {
        if self.cap > 0 {
            // SAFETY: the block of `cap` items, which nothing else points to (B1).
            unsafe {
                self.heap
                    .free_block(self.start.cast(), self.cap * size_of::<T>())
            };
        }
        self.cap = 0;
    }

    /// Appends `item`.
    ///
    /// # Errors
    /// As [`Buffer::reserve`].
    #[inline]
    pub(crate) fn push(&mut self, item: T) -> Result<(), AllocError> {
        self.reserve(1)?;
        // SAFETY: below the capacity.
        unsafe { self.start.add(self.len).write(item) };
        self.len += 1;
        Ok(())
    }

    /// Appends a copy of `items`.
    ///
    /// # Errors
    /// As [`Buffer::reserve`].
    #[inline]
    pub(crate) fn extend(&mut self, items: &[T]) -> Result<(), AllocError> {
        self.reserve(items.len())?;
        // SAFETY: there is room behind the first `len` items, and a borrowed slice lies elsewhere.
        unsafe {
            let end = self.start.add(self.len).as_ptr();
            ptr::copy_nonoverlapping(items.as_ptr(), end, items.len());
        }
        self.len += items.len();
        Ok(())
    }

    /// Appends `count` times `item` and returns the new part, to be filled.
    ///
    /// # Errors
    /// As [`Buffer::reserve`].
    pub(crate) fn extend_with(&mut self, count: usize, item: T) -> Result<&mut [T], AllocError> {
        self.reserve(count)?;
        for index in self.len..self.len + count {
            // SAFETY: below the capacity.
            unsafe { self.start.add(index).write(item) };
        }
        let from = self.len;
        self.len += count;
        Ok(&mut self[from..])
    }

    /// Keeps the first `len` items.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Lays the buffer aside without giving its block back.
    pub(crate) fn park(self) -> ParkedBuffer<'r, T> {
        let this = ManuallyDrop::new(self);
        ParkedBuffer {
            start: this.start,
            len: this.len,
            cap: this.cap,
            brand: PhantomData,
        }
    }

    /// Takes a parked buffer up again.
    pub(crate) fn unpark(heap: &'r Heap<'r>, parked: ParkedBuffer<'r, T>) -> Self {
        // The block is one of this heap (B3).
        Self {
            heap,
            start: parked.start,
            len: parked.len,
            cap: parked.cap,
        }
    }
}

impl<T: Copy> Deref for Buffer<'_, T> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        // SAFETY: B2.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }
}

impl<T: Copy> DerefMut for Buffer<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: B2, and the buffer is borrowed alone.
        unsafe { slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

impl<T: Copy> Drop for Buffer<'_, T> {
    fn drop(&mut self) {
        self.free();
    }
}

/// A buffer that is kept between two uses without borrowing its heap. Dropping one leaves its
/// block to the region's end.
pub(crate) struct ParkedBuffer<'r, T: Copy = u8> {
    start: NonNull<T>,
    len: usize,
    cap: usize,
    brand: Brand<'r>,
}

impl<T: Copy> ParkedBuffer<'_, T> {
    /// The block and its bytes, for an evacuation to move.
    pub(crate) fn block(&self) -> (NonNull<u8>, usize) {
        (self.start.cast(), self.cap * size_of::<T>())
    }

    /// Replaces the block by a copy of it.
    ///
    /// # Safety
    /// The new block has the size and the content of the old one.
    pub(crate) unsafe fn set_block(&mut self, block: NonNull<u8>) {
        self.start = block.cast();
    }

    /// A buffer without memory.
    pub(crate) const EMPTY: Self = Self {
        start: NonNull::dangling(),
        len: 0,
        cap: 0,
        brand: PhantomData,
    };
}

impl<T: Copy> Default for ParkedBuffer<'_, T> {
    fn default() -> Self {
        Self::EMPTY
    }
}
