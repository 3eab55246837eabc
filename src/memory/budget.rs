//! The exact byte bound of an execution.

/// How many bytes an execution may hold at once, and where it should start to evacuate.
///
/// Every byte that a region hands out counts, to the byte: objects, table parts, stacks, and what
/// the compiler needs while it works. What a chunk has left over at its end does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    limit_bytes: usize,
}

impl Budget {
    /// No bound but the machine's.
    pub const UNLIMITED: Self = Self {
        limit_bytes: usize::MAX,
    };

    /// At most `limit_bytes` bytes.
    pub const fn bytes(limit_bytes: usize) -> Self {
        Self { limit_bytes }
    }

    /// The bound in bytes; `usize::MAX` stands for none.
    pub const fn limit_bytes(self) -> usize {
        self.limit_bytes
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::UNLIMITED
    }
}
