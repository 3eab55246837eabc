//! The objects of a region that have finalizers.
#![allow(unsafe_code)]
//!
//! ```text
//!   block:  [ marked, oldest first | free ........ | due, next to be called last | called ]
//!                            marked^           tail^                        head^      cap^
//! ```
//!
//! - **FN1** `marked <= tail <= head <= cap`; slots below `marked` and from `tail` to `head` are
//!   initialised values: tables and host objects.
//! - **FN2** `2 * marked <= tail`: all that are marked can become due without memory, one by one
//!   from the newest on, while those that stay are kept in order.
//! - **FN3** An object is marked if and only if its header has `FLAG_FINALIZER` and it is listed
//!   once, as marked or as due.
//!
//! An image of a region has no such objects: taking one is refused.

use core::cell::Cell;
use core::ptr::{self, NonNull};

use super::header::FLAG_FINALIZER;
use super::repr::Value;
use super::store::Store;
use crate::memory::{AllocError, Bound};

/// The smallest block, in objects.
const CAP_MIN: usize = 16;

/// The objects that are marked for finalization, and those whose finalizers are due.
pub(crate) struct Finalizers<'r> {
    block: Cell<*mut Value<'r>>,
    cap: Cell<usize>,
    marked: Cell<usize>,
    tail: Cell<usize>,
    head: Cell<usize>,
    /// The region closes: nothing is marked any more.
    is_closed: Cell<bool>,
}

impl<'r> Finalizers<'r> {
    pub(super) const fn new() -> Self {
        Self {
            block: Cell::new(ptr::null_mut()),
            cap: Cell::new(0),
            marked: Cell::new(0),
            tail: Cell::new(0),
            head: Cell::new(0),
            is_closed: Cell::new(false),
        }
    }

    /// Marks an object for finalization, unless it is marked already or the region closes.
    ///
    /// # Errors
    /// The region has no room to note it.
    pub(crate) fn mark(&self, store: &Store<'r>, value: Value<'r>) -> Result<(), AllocError> {
        let Some(header) = value.header() else {
            return Ok(());
        };
        if self.is_closed.get() || header.has(FLAG_FINALIZER) {
            return Ok(());
        }
        let marked = self.marked.get();
        if 2 * (marked + 1) > self.tail.get() {
            self.grow(store)?;
        }
        // SAFETY: below `tail` (FN2), so within the block.
        unsafe { self.block.get().add(marked).write(value) };
        self.marked.set(marked + 1);
        header.add(FLAG_FINALIZER);
        Ok(())
    }

    #[cold]
    fn grow(&self, store: &Store<'r>) -> Result<(), AllocError> {
        let due = self.head.get() - self.tail.get();
        let marked = self.marked.get();
        let cap = (4 * (marked + 1) + due).max(CAP_MIN);
        let bytes = cap
            .checked_mul(size_of::<Value<'_>>())
            .ok_or(AllocError::new(Bound::Request, usize::MAX))?;
        let new = store.heap.block(bytes)?.cast::<Value<'r>>().as_ptr();
        let old = self.block.get();
        if let Some(start) = NonNull::new(old) {
            // SAFETY: the new block is another, and has room for both parts (FN1).
            unsafe {
                ptr::copy_nonoverlapping(old, new, marked);
                let from = old.add(self.tail.get());
                ptr::copy_nonoverlapping(from, new.add(cap - due), due);
                let bytes = self.cap.get() * size_of::<Value<'_>>();
                store.heap.free_block(start.cast(), bytes);
            }
        }
        self.block.set(new);
        self.cap.set(cap);
        self.tail.set(cap - due);
        self.head.set(cap);
        Ok(())
    }

    /// Whether no object is marked, and no finalizer due.
    pub(crate) fn is_empty(&self) -> bool {
        self.marked.get() == 0 && !self.is_due()
    }

    /// Whether a finalizer waits to be called.
    #[inline]
    pub(crate) fn is_due(&self) -> bool {
        self.tail.get() < self.head.get()
    }

    /// Takes the object whose finalizer is to be called next; it may be marked anew from now on.
    pub(crate) fn take_due(&self) -> Option<Value<'r>> {
        if !self.is_due() {
            return None;
        }
        let head = self.head.get() - 1;
        self.head.set(head);
        // SAFETY: between `tail` and the old `head` (FN1).
        let value = unsafe { self.block.get().add(head).read() };
        if let Some(header) = value.header() {
            header.remove(FLAG_FINALIZER);
        }
        if !self.is_due() {
            self.tail.set(self.cap.get());
            self.head.set(self.cap.get());
        }
        Some(value)
    }

    /// Makes all finalizers due, newest mark first, and marks no more: the region closes.
    pub(crate) fn close(&self) {
        self.is_closed.set(true);
        self.separate(|_| false);
    }

    /// Makes the objects due for which `stays` is false, newest mark first. The others keep their
    /// order; `stays` may change where they are.
    pub(super) fn separate(&self, mut stays: impl FnMut(*mut Value<'r>) -> bool) {
        let block = self.block.get();
        let (count, mut tail) = (self.marked.get(), self.tail.get());
        let mut gone = 0;
        for index in (0..count).rev() {
            // SAFETY: a marked slot, and slots up to `tail`: `gone` objects became due and lie
            // above `count`, for `tail >= 2 * count` (FN2).
            unsafe {
                let slot = block.add(index);
                if stays(slot) {
                    // Those that stay are moved up for now, to where they leave no gap.
                    ptr::copy(slot, block.add(index + gone), 1);
                } else {
                    tail -= 1;
                    ptr::copy(slot, block.add(tail), 1);
                    gone += 1;
                }
            }
        }
        // SAFETY: the ones that stay lie in the slots from `gone` to `count`.
        unsafe {
            if gone > 0 && gone < count {
                ptr::copy(block.add(gone), block, count - gone);
            }
        }
        self.marked.set(count - gone);
        self.tail.set(tail);
    }

    /// The block and its bytes, for an evacuation to move.
    pub(super) fn block(&self) -> (*mut Value<'r>, usize) {
        (self.block.get(), self.cap.get() * size_of::<Value<'_>>())
    }

    /// Replaces the block by a copy of it.
    pub(super) fn set_block(&self, block: *mut Value<'r>) {
        self.block.set(block);
    }

    /// The objects whose finalizers are due: where they start, and how many there are.
    pub(crate) fn due(&self) -> (*mut Value<'r>, usize) {
        // SAFETY: `tail` is at most the capacity; an empty list has no block, and tail 0.
        let start = unsafe { self.block.get().add(self.tail.get()) };
        (start, self.head.get() - self.tail.get())
    }
}
