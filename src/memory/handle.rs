//! The pointer to an object of a region, and its brand.
#![allow(unsafe_code)]
//!
//! - **R1** A `Ref<'r, T>` points to an initialised `T` in memory that lives as long as `'r`:
//!   the region's chunks, or something that outlives every region (a program, an engine).
//! - **R2** Objects are shared: their fields are `Cell`s, so no `&mut` into a region exists.
//!
//! Objects may move at a safepoint. Nothing that the types let a host or a library hold lives
//! across one; the interpreter loop reads its pointers anew after each.

use core::cell::Cell;
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::NonNull;

/// An invariant lifetime: values branded with different regions never mix.
pub(crate) type Brand<'r> = PhantomData<Cell<&'r ()>>;

/// A `Copy` pointer to an object of the region `'r`.
#[repr(transparent)]
pub struct Ref<'r, T> {
    pointer: NonNull<T>,
    brand: Brand<'r>,
}

impl<T> Clone for Ref<'_, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Ref<'_, T> {}

impl<'r, T> Ref<'r, T> {
    /// Makes a handle from a raw pointer.
    ///
    /// # Safety
    /// `pointer` satisfies R1 for `'r`.
    #[inline(always)]
    pub(crate) const unsafe fn from_raw(pointer: NonNull<T>) -> Self {
        Self {
            pointer,
            brand: PhantomData,
        }
    }

    /// The raw pointer.
    #[inline(always)]
    pub(crate) const fn as_ptr(self) -> *mut T {
        self.pointer.as_ptr()
    }

    /// A reference that lives as long as the region.
    #[inline(always)]
    pub(crate) fn get(self) -> &'r T {
        // SAFETY: R1, R2.
        unsafe { self.pointer.as_ref() }
    }

    /// Whether both point to the same object.
    #[inline(always)]
    pub(crate) fn is(self, other: Self) -> bool {
        self.pointer == other.pointer
    }
}

impl<T> Deref for Ref<'_, T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: R1, R2.
        unsafe { self.pointer.as_ref() }
    }
}
