//! A chunk source for memory checkers: every object gets a chunk of its own.
#![allow(unsafe_code)]
//!
//! A bump allocator hides errors from AddressSanitizer and valgrind: an overrun of one object lands
//! in the next, and a pointer that outlived an evacuation or a region still leads to memory that
//! the process has. Here each object and each block is an allocation of the system, which is given
//! back the moment that nothing may point to it any more.
//!
//! Builds with `--cfg lunette_stress` use this source in place of `BumpSource`.

use core::ptr::NonNull;
use std::alloc::{self, Layout};

use super::{ALIGN, ChunkSource};

/// Chunks from the global allocator, one for every object, none of which is kept: slow, and made
/// for AddressSanitizer and valgrind, which then see each overrun and each use after a close.
///
/// ```
/// use lunette::memory::StressSource;
/// use lunette::{Arena, Budget, Engine};
///
/// let engine = Engine::new();
/// let program = engine.compile("sum.lua", "return 2 + 2").expect("it is Lua");
/// let mut arena = Arena::with_source(StressSource::default(), Budget::bytes(1 << 20));
/// let out = bumpalo::Bump::new();
/// let sum: i64 = engine.enter(&mut arena, &out, |region| region.eval(&program)).expect("runs");
/// assert_eq!(sum, 4);
/// ```
#[derive(Debug, Default)]
pub struct StressSource {
    _private: (),
}

// SAFETY: a block is one of the global allocator, which stays where it is until it is given back.
unsafe impl ChunkSource for StressSource {
    fn grow(&mut self, layout: Layout) -> Option<NonNull<[u8]>> {
        let layout = Layout::from_size_align(layout.size(), ALIGN.max(layout.align())).ok()?;
        debug_assert!(layout.size() > 0);
        // SAFETY: a chunk has a header, so the size is not zero.
        let start = NonNull::new(unsafe { alloc::alloc(layout) })?;
        Some(NonNull::slice_from_raw_parts(start, layout.size()))
    }

    fn give_back(&mut self, block: NonNull<[u8]>) {
        debug_assert!(block.cast::<u8>().as_ptr().addr().is_multiple_of(ALIGN));
        // SAFETY: a block of `grow` with this length, which was a layout's then.
        let layout = unsafe { Layout::from_size_align_unchecked(block.len(), ALIGN) };
        // SAFETY: as above, and chunks are asked for with this alignment.
        unsafe { alloc::dealloc(block.cast().as_ptr(), layout) };
    }

    fn isolates(&self) -> bool {
        true
    }
}
