//! Where an arena's chunks come from.
#![allow(unsafe_code)]

use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use bumpalo::Bump;

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
}

/// Chunks from the Rust global allocator, through bumpalo: the process-wide default.
#[derive(Debug, Default)]
pub struct BumpSource {
    // One `Bump` a chunk, so that a chunk can be returned alone (bumpalo frees all or nothing).
    bumps: Vec<(NonNull<u8>, Bump)>,
}

// SAFETY: the pointers are the blocks' own identity; nobody else holds these `Bump`s.
unsafe impl Send for BumpSource {}

// SAFETY: each block lives in a `Bump` of its own that is kept until `give_back` or drop; a `Bump`
// holds its memory behind a pointer, so moving the source moves no block.
unsafe impl ChunkSource for BumpSource {
    fn grow(&mut self, layout: Layout) -> Option<NonNull<[u8]>> {
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
        }
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

    fn give_back(&mut self, block: NonNull<[u8]>) {
        let end = block.cast::<u8>().as_ptr().addr() + block.len();
        if end == self.buffer.as_ptr().addr() + self.used_bytes {
            self.used_bytes -= block.len();
        }
    }
}
