//! Memory from the system's pages, large ones if there are: `cargo run --example huge_pages`
//!
//! A source of a host's own: blocks start where pages start, and on Linux the system is asked for
//! pages of 2 MiB, which take fewer entries of the processor's tables and fewer page faults. It
//! has a ceiling of its own as well.
#![allow(unsafe_code)]

use std::alloc::{self, Layout};
use std::ptr::NonNull;

use bumpalo::Bump;
use lunette::{Arena, Budget, ChunkSource, Engine, OwnedError};

/// What large pages measure where they are usual.
const PAGE_BYTES: usize = 2 << 20;

/// Blocks of whole large pages.
struct Pages {
    left_bytes: usize,
}

impl Pages {
    /// The layout of a block, in whole pages.
    fn layout(bytes: usize) -> Option<Layout> {
        let bytes = bytes.checked_next_multiple_of(PAGE_BYTES)?;
        Layout::from_size_align(bytes, PAGE_BYTES).ok()
    }
}

// SAFETY: blocks are the system allocator's own, one for each `grow`, and stay where they are until
// they come back.
unsafe impl ChunkSource for Pages {
    fn grow(&mut self, layout: Layout) -> Option<NonNull<[u8]>> {
        let layout = Self::layout(layout.size())?;
        self.left_bytes = self.left_bytes.checked_sub(layout.size())?;
        // SAFETY: the layout's size is not zero.
        let Some(start) = NonNull::new(unsafe { alloc::alloc(layout) }) else {
            self.left_bytes += layout.size();
            return None;
        };
        advise(start, layout.size());
        Some(NonNull::slice_from_raw_parts(start, layout.size()))
    }

    fn give_back(&mut self, block: NonNull<[u8]>) {
        let Some(layout) = Self::layout(block.len()) else {
            return;
        };
        self.left_bytes += layout.size();
        // SAFETY: a block of `grow`, whose length was a whole number of pages.
        unsafe { alloc::dealloc(block.cast().as_ptr(), layout) };
    }
}

/// Asks for large pages; the block is as good without.
#[cfg(target_os = "linux")]
fn advise(start: NonNull<u8>, bytes: usize) {
    unsafe extern "C" {
        fn madvise(start: *mut core::ffi::c_void, bytes: usize, advice: i32) -> i32;
    }
    /// `MADV_HUGEPAGE`.
    const HUGE_PAGES: i32 = 14;
    // SAFETY: the block is ours, starts at a page and is whole pages long; the advice changes
    // nothing of what it holds.
    let _ = unsafe { madvise(start.as_ptr().cast(), bytes, HUGE_PAGES) };
}

#[cfg(not(target_os = "linux"))]
fn advise(_start: NonNull<u8>, _bytes: usize) {}

fn main() -> Result<(), OwnedError> {
    let engine = Engine::new();
    let source = "local t = {} for i = 1, 200000 do t[i] = {i} end return #t";
    let program = engine.compile("tables.lua", source)?;
    let pages = Pages {
        left_bytes: 256 << 20,
    };
    let mut arena = Arena::with_source(pages, Budget::bytes(128 << 20));
    for _ in 0..3 {
        let out = Bump::new();
        let count = engine.enter(&mut arena, &out, |region| region.eval::<i64>(&program));
        let count = count.map_err(|error| error.to_owned())?;
        let pages = arena.kept_bytes() / PAGE_BYTES;
        println!("{count} tables; {pages} large pages are kept for the next run");
    }
    Ok(())
}
