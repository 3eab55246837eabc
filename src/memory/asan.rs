//! Bytes that nobody may touch, told to AddressSanitizer.
#![allow(unsafe_code)]
//!
//! Builds with `--cfg lunette_asan`, which the sanitizer has to be linked to, say of each chunk
//! what is in use; in others nothing here does anything.
//!
//! - **AS1** In a chunk that the finger moves through, only what was handed out may be touched. Of
//!   a gap that is the note at its start, and of a freed block its link.
//! - **AS2** Of a chunk that its arena keeps, the header alone; all of it while the arena zeroes,
//!   for its tests look at what is left.
//! - **AS3** A chunk goes back to its source with nothing forbidden.

/// Whether the sanitizer is told.
pub(super) const IS_ON: bool = cfg!(lunette_asan);

#[cfg(lunette_asan)]
mod runtime {
    use core::ffi::c_void;

    // SAFETY: functions of the sanitizer's runtime, by the names and types that it declares.
    unsafe extern "C" {
        pub(super) fn __asan_poison_memory_region(start: *const c_void, bytes: usize);
        pub(super) fn __asan_unpoison_memory_region(start: *const c_void, bytes: usize);
    }
}

/// Nobody may touch `bytes` from `start` on, a part of a chunk's payload.
#[inline(always)]
pub(super) fn forbid(start: *mut u8, bytes: usize) {
    #[cfg(lunette_asan)]
    // SAFETY: a note in the sanitizer's own memory, which changes no byte of ours.
    unsafe {
        runtime::__asan_poison_memory_region(start.cast(), bytes);
    }
    let _ = (start, bytes);
}

/// `bytes` from `start` on may be touched.
#[inline(always)]
pub(super) fn permit(start: *mut u8, bytes: usize) {
    #[cfg(lunette_asan)]
    // SAFETY: as above.
    unsafe {
        runtime::__asan_unpoison_memory_region(start.cast(), bytes);
    }
    let _ = (start, bytes);
}
