//! Where an arena's chunks come from.
#![allow(unsafe_code)]
#![cfg_attr(
    lunette_stress,
    allow(dead_code, reason = "the stress source is used instead")
)]

use core::mem::MaybeUninit;
use core::ptr::NonNull;
use std::alloc::Layout;

use bumpalo::Bump;

use super::large::LargeBlock;

/// A provider of chunks: larger pieces of memory that an [`Arena`](super::Arena) lends to regions.
///
/// # Safety
/// An implementation promises that
/// - a block returned by `grow` is at least as large as `layout` asks, readable and writable, and
///   overlaps nothing else in use;
/// - it stays so, at the same address, until it comes back through `give_back` or the source is
///   dropped;
/// - moving the source does not move the blocks.
///
/// An arena checks alignment and size of what it gets, and refuses what does not fit.
pub unsafe trait ChunkSource {
    /// Returns a fresh block for `layout`, or `None` when there is none to be had.
    fn grow(&mut self, layout: Layout) -> Option<NonNull<[u8]>>;

    /// Takes back a block that `grow` returned, with the same length; the caller keeps no pointer
    /// into it.
    fn give_back(&mut self, block: NonNull<[u8]>);

    /// Makes a block larger that `grow` returned, and returns it: it may have moved, and then what
    /// it held has moved with it, and no pointer into the old one is used any more. `None` if the
    /// source cannot do so: the block is as it was. What is promised of `grow` holds of the result.
    fn extend(&mut self, block: NonNull<[u8]>, layout: Layout) -> Option<NonNull<[u8]>> {
        let _ = (block, layout);
        None
    }

    /// Whether what is given back serves later requests. Where it does not, an open region keeps
    /// the chunks that it let go.
    fn can_reclaim(&self) -> bool {
        true
    }

    /// Whether each object is to have a chunk of its own, which is given back as soon as nothing
    /// may point to it: for memory checkers. Such a source can reclaim.
    fn isolates(&self) -> bool {
        false
    }
}

/// Blocks of at least this many bytes are not made through bumpalo, which cannot make a block
/// larger: the system moves large blocks by their page tables, without copying, so a table that
/// grows neither touches new pages for its old half nor holds both.
const LARGE_MIN_BYTES: usize = 256 << 10;

/// Chunks from the Rust global allocator, through bumpalo unless they are large: the process-wide
/// default. On Linux, with the feature `mapped`, chunks above 1 MiB are mappings of their own, so
/// that they go back to the system whole.
#[derive(Debug, Default)]
pub struct BumpSource {
    // One `Bump` a chunk, so that a chunk can be returned alone (bumpalo frees all or nothing).
    bumps: Vec<(NonNull<u8>, Bump)>,
    large: Vec<LargeBlock>,
}

// SAFETY: the pointers are the blocks' own identity; nobody else holds these `Bump`s and blocks.
unsafe impl Send for BumpSource {}

impl BumpSource {
    fn large_index(&self, start: NonNull<u8>) -> Option<usize> {
        self.large.iter().rposition(|kept| kept.start() == start)
    }
}

// SAFETY: each block lives in a `Bump` of its own, or is a large block, and is kept until
// `give_back` or drop; both are behind pointers, so moving the source moves no block.
unsafe impl ChunkSource for BumpSource {
    fn grow(&mut self, layout: Layout) -> Option<NonNull<[u8]>> {
        if layout.size() >= LARGE_MIN_BYTES {
            self.large.try_reserve(1).ok()?;
            let block = LargeBlock::new(layout)?;
            let start = block.start();
            self.large.push(block);
            return Some(NonNull::slice_from_raw_parts(start, layout.size()));
        }
        self.bumps.try_reserve(1).ok()?;
        let bump = Bump::try_with_capacity(layout.size().checked_add(layout.align())?).ok()?;
        let start = bump.try_alloc_layout(layout).ok()?;
        self.bumps.push((start, bump));
        Some(NonNull::slice_from_raw_parts(start, layout.size()))
    }

    fn give_back(&mut self, block: NonNull<[u8]>) {
        let start = block.cast::<u8>();
        if let Some(index) = self.bumps.iter().rposition(|(kept, _)| *kept == start) {
            self.bumps.swap_remove(index);
        } else if let Some(index) = self.large_index(start) {
            self.large.swap_remove(index);
        }
    }

    fn extend(&mut self, block: NonNull<[u8]>, layout: Layout) -> Option<NonNull<[u8]>> {
        let index = self.large_index(block.cast())?;
        let large = &mut self.large[index];
        let is_extended = large.extend(layout);
        is_extended.then(|| NonNull::slice_from_raw_parts(large.start(), layout.size()))
    }
}

/// Chunks from a parent `Bump`: a region inside the caller's own arena.
///
/// A bump cannot take single blocks back, so what is given back stays with the parent until it is
/// reset; the arena's kept chunks make up for it.
#[derive(Debug)]
pub struct ArenaSource<'parent> {
    parent: &'parent Bump,
}

impl<'parent> ArenaSource<'parent> {
    /// Takes chunks from `parent`, within its allocation limit.
    pub fn new(parent: &'parent Bump) -> Self {
        Self { parent }
    }
}

// SAFETY: a `Bump` never hands out bytes twice while it is borrowed, and never moves them.
unsafe impl ChunkSource for ArenaSource<'_> {
    fn grow(&mut self, layout: Layout) -> Option<NonNull<[u8]>> {
        let start = self.parent.try_alloc_layout(layout).ok()?;
        Some(NonNull::slice_from_raw_parts(start, layout.size()))
    }

    fn give_back(&mut self, _block: NonNull<[u8]>) {}

    fn can_reclaim(&self) -> bool {
        false
    }
}

/// Chunks from one fixed buffer: an execution that never calls an allocator.
#[derive(Debug)]
pub struct FixedSource<'buffer> {
    buffer: &'buffer mut [MaybeUninit<u8>],
    used_bytes: usize,
}

impl<'buffer> FixedSource<'buffer> {
    /// Hands out pieces of `buffer`, in order, until it is used up.
    pub fn new(buffer: &'buffer mut [MaybeUninit<u8>]) -> Self {
        Self {
            buffer,
            used_bytes: 0,
        }
    }
}

// SAFETY: pieces are cut from the exclusively borrowed buffer, each at a fresh offset; the last
// piece may be cut again once it was given back.
unsafe impl ChunkSource for FixedSource<'_> {
    fn grow(&mut self, layout: Layout) -> Option<NonNull<[u8]>> {
        let rest = self.buffer.get_mut(self.used_bytes..)?;
        let padding = rest.as_ptr().align_offset(layout.align());
        let end = padding.checked_add(layout.size())?;
        let piece = rest.get_mut(padding..end)?;
        let piece = NonNull::slice_from_raw_parts(NonNull::from(&mut *piece).cast(), piece.len());
        self.used_bytes += end;
        Some(piece)
    }

    fn can_reclaim(&self) -> bool {
        false
    }

    fn give_back(&mut self, block: NonNull<[u8]>) {
        let end = block.cast::<u8>().as_ptr().addr() + block.len();
        if end == self.buffer.as_ptr().addr() + self.used_bytes {
            self.used_bytes -= block.len();
        }
    }
}

#[cfg(all(test, not(lunette_stress)))]
mod tests {
    use super::*;

    fn layout(bytes: usize) -> Layout {
        Layout::from_size_align(bytes, 16).expect("a layout")
    }

    #[test]
    fn a_large_block_keeps_what_it_holds_when_it_grows() {
        let mut source = BumpSource::default();
        let block = source.grow(layout(LARGE_MIN_BYTES)).expect("memory");
        // SAFETY: the block has as many bytes.
        unsafe { block.cast::<u8>().write_bytes(7, LARGE_MIN_BYTES) };
        let block = source
            .extend(block, layout(16 * LARGE_MIN_BYTES))
            .expect("memory");
        assert_eq!(block.len(), 16 * LARGE_MIN_BYTES);
        // SAFETY: the first part was written above, and moved with the block.
        let kept =
            unsafe { core::slice::from_raw_parts(block.cast::<u8>().as_ptr(), LARGE_MIN_BYTES) };
        assert!(kept.iter().all(|byte| *byte == 7));
        assert!(source.extend(block, layout(LARGE_MIN_BYTES)).is_none());
        source.give_back(block);
        assert!(source.large.is_empty());
    }

    #[test]
    fn a_small_block_does_not_grow() {
        let mut source = BumpSource::default();
        let block = source.grow(layout(1 << 10)).expect("memory");
        assert!(source.extend(block, layout(2 << 10)).is_none());
        source.give_back(block);
        assert!(source.bumps.is_empty());
    }
}
