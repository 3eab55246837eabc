//! The hash part of a table, kept outside regions and copied into them as a whole.
#![allow(unsafe_code)]
//!
//! A library's table is the same in every region until a script changes it. So its hash part is
//! built once, and the next regions copy the block: no key is hashed, no chain is walked.
//!
//! - **I1** Keys and values of an image point into no region: they are booleans, numbers, short
//!   strings and functions of the libraries.
//! - **I2** An image is a whole block of nodes and links, all of it initialised.

use core::mem::MaybeUninit;
use core::ptr;

use super::header::FLAG_FIXED;
use super::repr::{Value, tag};
use super::store::Store;
use super::table::Table;
use super::table_hash::{NodeBlock, block_bytes};
use crate::memory::AllocError;

/// A copy of a hash part that points into no region.
///
/// Bytes that may be anything keep the origin of the pointers among them.
#[derive(Debug)]
pub(crate) struct TableImage {
    block: Box<[MaybeUninit<u8>]>,
    node_count: usize,
    /// Nodes at and above this index are taken.
    last_free: u32,
}

impl TableImage {
    /// The image of `table`'s hash part; `None` if anything in it lives in a region, or if there
    /// is no memory for the copy.
    pub(crate) fn capture(table: Table<'_>) -> Option<Self> {
        let node_count = table.node_count();
        let is_fixed = (0..node_count).all(|index| {
            let (key, value) = table.node_at(index);
            is_outside_regions(key) && is_outside_regions(value)
        });
        if !is_fixed || node_count == 0 {
            return None;
        }
        let bytes = block_bytes(node_count);
        let mut block = Vec::new();
        block.try_reserve_exact(bytes).ok()?;
        // SAFETY: the hash part is a block of that many bytes, and as many are reserved.
        unsafe {
            let from = table.object().nodes.get().cast::<MaybeUninit<u8>>();
            ptr::copy_nonoverlapping(from, block.as_mut_ptr(), bytes);
            block.set_len(bytes);
        }
        Some(Self {
            block: block.into_boxed_slice(),
            node_count,
            last_free: table.object().last_free.get(),
        })
    }
}

/// Whether a value means the same in every region (I1).
fn is_outside_regions(value: Value<'_>) -> bool {
    match value.tag() {
        tag::NATIVE => value.header().is_some_and(|header| header.has(FLAG_FIXED)),
        other => other < tag::LONG,
    }
}

impl<'r> Table<'r> {
    /// Makes what was captured the hash part of this table, which has none yet.
    ///
    /// # Errors
    /// The region has no room for it; the table is as it was.
    pub(crate) fn restore(self, store: &Store<'r>, image: &TableImage) -> Result<(), AllocError> {
        debug_assert!(!self.has_nodes());
        // SAFETY: the image is a whole block of nodes whose values exist in every region (I1, I2).
        let block = unsafe { NodeBlock::copy_of(store, &image.block, image.node_count) }?;
        self.replace_nodes(block).free(store);
        self.object().last_free.set(image.last_free);
        self.object().absent.set(0);
        Ok(())
    }
}
