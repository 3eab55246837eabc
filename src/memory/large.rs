//! Large blocks, one by one from the system.
#![allow(unsafe_code)]
#![cfg_attr(
    lunette_stress,
    allow(dead_code, reason = "the stress source is used instead")
)]
//!
//! What an allocator takes back it may keep, and the GNU allocator keeps blocks of up to 32 MiB
//! once it has seen one come back. A process whose budget is of that order would hold it twice: as
//! blocks that grew, and as the holes that they left. So blocks above [`MAPPED_MIN_BYTES`] are
//! mappings of their own where that is possible and the feature `mapped` is on: they grow without
//! a copy, by their page tables, and all of one goes back when it is given back. Smaller ones are
//! cheap to keep, and dear to touch anew.
//!
//! - **LB1** A block has at least the bytes that were asked for, at one address until it grows, and
//!   is aligned to a cache line or as was asked.
//! - **LB2** Nobody but its owner has its address; dropping it gives its memory back.

use core::ptr::{self, NonNull};
use std::alloc::{self, Layout};

use self::mapping::Mapping;
use super::chunk::CHUNK_MAX_BYTES;

/// The least size that is mapped: above all chunks that are used again and again.
#[allow(dead_code, reason = "in some builds nothing is mapped")]
pub(super) const MAPPED_MIN_BYTES: usize = CHUNK_MAX_BYTES + 1;

/// What a huge page has on most systems. A mapping of exactly so many bytes is one, if there are
/// any.
pub(super) const HUGE_PAGE_BYTES: usize = 2 << 20;

/// A block of the system's memory.
#[derive(Debug)]
pub(super) enum LargeBlock {
    Allocated(Allocated),
    Mapped(Mapping),
}

impl LargeBlock {
    /// A block for `layout`, whose size is not zero.
    pub(super) fn new(layout: Layout) -> Option<Self> {
        match mapping::fits(layout) {
            true => Mapping::new(layout.size()).map(Self::Mapped),
            false => Allocated::new(layout).map(Self::Allocated),
        }
    }

    /// Where the block is.
    pub(super) fn start(&self) -> NonNull<u8> {
        match self {
            Self::Allocated(block) => block.start,
            Self::Mapped(mapping) => mapping.start(),
        }
    }

    /// Makes the block as large as `layout` says, with all that it held; it may move. `false`: it
    /// is as it was.
    pub(super) fn extend(&mut self, layout: Layout) -> bool {
        let block = match self {
            Self::Mapped(mapping) => return mapping.extend(layout),
            Self::Allocated(block) => block,
        };
        if layout.align() != block.layout.align() || layout.size() < block.layout.size() {
            return false;
        }
        if !mapping::fits(layout) {
            return block.extend(layout);
        }
        let Some(mapping) = Mapping::new(layout.size()) else {
            return false;
        };
        let (from, to) = (block.start.as_ptr(), mapping.start().as_ptr());
        // SAFETY: both have as many bytes as the smaller one, and are two blocks (LB1).
        unsafe { ptr::copy_nonoverlapping(from, to, block.layout.size()) };
        *self = Self::Mapped(mapping);
        true
    }
}

/// A block of the global allocator.
#[derive(Debug)]
pub(super) struct Allocated {
    start: NonNull<u8>,
    layout: Layout,
}

impl Allocated {
    fn new(layout: Layout) -> Option<Self> {
        debug_assert!(layout.size() > 0);
        // SAFETY: the layout's size is not zero.
        let start = NonNull::new(unsafe { alloc::alloc(layout) })?;
        Some(Self { start, layout })
    }

    fn extend(&mut self, layout: Layout) -> bool {
        // SAFETY: a block of `alloc` or `realloc` with this layout; the new size is not zero, and
        // fits a layout.
        let moved = unsafe { alloc::realloc(self.start.as_ptr(), self.layout, layout.size()) };
        let Some(start) = NonNull::new(moved) else {
            return false;
        };
        (self.start, self.layout) = (start, layout);
        true
    }
}

impl Drop for Allocated {
    fn drop(&mut self) {
        // SAFETY: a block of `alloc` or `realloc` with this layout (LB2).
        unsafe { alloc::dealloc(self.start.as_ptr(), self.layout) };
    }
}

// A sanitizer and Miri see the bounds of what the allocator hands out; of mappings they do not.
#[cfg(all(feature = "mapped", target_os = "linux", not(lunette_asan), not(miri)))]
mod mapping {
    use core::ptr::NonNull;
    use std::alloc::Layout;

    use memmap2::{Advice, MmapOptions, MmapRaw, RemapOptions};

    use super::{HUGE_PAGE_BYTES, MAPPED_MIN_BYTES};

    /// What every page is aligned to, at least.
    const PAGE_BYTES: usize = 4 << 10;

    /// Whether blocks for `layout` are mapped.
    pub(super) fn fits(layout: Layout) -> bool {
        layout.size() >= MAPPED_MIN_BYTES && layout.align() <= PAGE_BYTES
    }

    /// Memory of the process that nothing else is in.
    #[derive(Debug)]
    pub(crate) struct Mapping(MmapRaw);

    impl Mapping {
        pub(super) fn new(bytes: usize) -> Option<Self> {
            let mapping = MmapOptions::new().len(bytes).map_anon().ok()?;
            let mapping = Self(mapping.into());
            mapping.ask_for_huge_pages();
            Some(mapping)
        }

        /// A huge page is first touched at the cost of a few small ones. Where the system has none,
        /// the block is as good without.
        fn ask_for_huge_pages(&self) {
            if self.0.len() >= HUGE_PAGE_BYTES {
                let _ = self.0.advise(Advice::HugePage);
            }
        }

        pub(super) fn start(&self) -> NonNull<u8> {
            let start = self.0.as_mut_ptr();
            debug_assert!(!start.is_null());
            // SAFETY: the system maps nothing at address 0 unless it is told to.
            unsafe { NonNull::new_unchecked(start) }
        }

        pub(super) fn extend(&mut self, layout: Layout) -> bool {
            if !fits(layout) || layout.size() < self.0.len() {
                return false;
            }
            let options = RemapOptions::new().may_move(true);
            // SAFETY: no file is behind it that could end before the mapping does.
            let is_extended = unsafe { self.0.remap(layout.size(), options) }.is_ok();
            self.ask_for_huge_pages();
            is_extended
        }
    }
}

#[cfg(not(all(feature = "mapped", target_os = "linux", not(lunette_asan), not(miri))))]
mod mapping {
    use core::ptr::NonNull;
    use std::alloc::Layout;

    pub(super) fn fits(_layout: Layout) -> bool {
        false
    }

    /// There are none.
    #[derive(Debug)]
    pub(crate) enum Mapping {}

    impl Mapping {
        pub(super) fn new(_bytes: usize) -> Option<Self> {
            None
        }

        pub(super) fn start(&self) -> NonNull<u8> {
            match *self {}
        }

        pub(super) fn extend(&mut self, _layout: Layout) -> bool {
            match *self {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(bytes: usize) -> Layout {
        Layout::from_size_align(bytes, 16).expect("a layout")
    }

    #[test]
    fn what_a_block_holds_stays_while_it_grows_through_all_sizes() {
        let mut block = LargeBlock::new(layout(1 << 10)).expect("memory");
        let step = if cfg!(miri) { 4099 } else { 1 };
        let mut written = 0;
        for bytes in [
            1 << 10,
            1 << 14,
            1 << 18,
            MAPPED_MIN_BYTES - 1,
            MAPPED_MIN_BYTES,
            HUGE_PAGE_BYTES,
            1 << 24,
        ] {
            assert!(bytes == 1 << 10 || block.extend(layout(bytes)));
            // SAFETY: the block has so many bytes by now (LB1).
            let all = unsafe { core::slice::from_raw_parts_mut(block.start().as_ptr(), bytes) };
            let mut seen = all[..written].iter().step_by(step);
            assert!(seen.all(|byte| *byte == 7), "{bytes}");
            all.fill(7);
            written = bytes;
        }
        assert!(!block.extend(layout(1 << 10)), "blocks do not shrink");
    }

    // The sanitizer's allocator ends the process instead, and Miri ends as well.
    #[cfg(not(any(lunette_asan, miri)))]
    #[test]
    fn what_cannot_be_had_is_refused() {
        assert!(LargeBlock::new(layout(isize::MAX as usize - 15)).is_none());
        let mut block = LargeBlock::new(layout(MAPPED_MIN_BYTES)).expect("memory");
        let start = block.start();
        assert!(!block.extend(layout(isize::MAX as usize - 15)));
        assert_eq!(block.start(), start);
    }
}
