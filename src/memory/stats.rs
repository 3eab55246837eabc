//! What a region used, read when asked; keeping the figures costs the fast path nothing.

/// Figures of one region's memory, in bytes unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeapStats {
    /// Bytes in use now, blocks waiting in free lists included.
    pub used_bytes: usize,
    /// The most bytes in use at any time of this region.
    pub peak_bytes: usize,
    /// Bytes of the chunks that the region holds.
    pub granted_bytes: usize,
    /// Number of chunks that the region holds.
    pub chunk_count: usize,
    /// Bytes waiting in free lists.
    pub free_bytes: usize,
    /// Allocations that a free list served.
    pub reused_blocks: u64,
}
