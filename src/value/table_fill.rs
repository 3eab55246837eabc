//! A table's array part: how a new table gets it, how it is filled at once, how it grows in place.
#![allow(unsafe_code)]

use core::ptr::{self, NonNull};

use super::repr::Value;
use super::store::Store;
use super::table::{ARRAY_MAX, Table};
use super::table_hash;
use crate::memory::AllocError;

impl<'r> Table<'r> {
    /// Makes a table whose hash part is a copy of a template (`record.rs`).
    ///
    /// # Errors
    /// The region has no room for it.
    ///
    /// # Safety
    /// `template` points to the constants of a template of `count` nodes.
    #[inline(never)]
    pub(crate) unsafe fn record(
        store: &Store<'r>,
        template: *const Value<'static>,
        count: usize,
    ) -> Result<Self, AllocError> {
        let table = Self::empty(store)?;
        // SAFETY: the caller's promise.
        let block = unsafe { table_hash::NodeBlock::of_template(store, template, count)? };
        table.replace_nodes(block);
        Ok(table)
    }

    /// Gives an empty table its first parts: as [`Table::resize`], with nothing to move.
    pub(super) fn furnish(
        self,
        store: &Store<'r>,
        array_count: usize,
        hash_count: usize,
    ) -> Result<(), AllocError> {
        debug_assert!(self.object().array_cap.get() == 0 && !self.has_nodes());
        if array_count > ARRAY_MAX || hash_count > 0 && array_count > 0 {
            return self.resize(store, array_count, hash_count);
        }
        if hash_count > 0 {
            self.replace_nodes(table_hash::NodeBlock::new(store, hash_count)?);
            return Ok(());
        }
        let array = self.new_array(store, array_count)?;
        // SAFETY: a fresh block of as many slots.
        unsafe { ptr::write_bytes(array, 0, array_count) };
        self.object().array.set(array);
        self.object().array_cap.set(array_count as u32);
        Ok(())
    }

    /// Appends `count` values, which `from` points to, to a list of `last` items.
    ///
    /// # Errors
    /// The region has no room; the table has some of them then.
    ///
    /// # Safety
    /// `from` points to as many initialised values, which do not lie in this table.
    pub(crate) unsafe fn append_list(
        self,
        store: &Store<'r>,
        last: usize,
        from: *const Value<'r>,
        count: usize,
    ) -> Result<(), AllocError> {
        self.touch();
        self.reserve_list(store, last + count)?;
        let object = self.object();
        if object.array_len.get() as usize != last {
            for index in 0..count {
                // SAFETY: the caller's promise.
                let value = unsafe { from.add(index).read() };
                self.raw_set_int(store, (last + 1 + index) as i64, value)?;
            }
            return Ok(());
        }
        // SAFETY: the capacity is `last + count` at least (reserved above).
        unsafe { ptr::copy_nonoverlapping(from, object.array.get().add(last), count) };
        // What is nil at the end does not count (A1 holds either way).
        let mut len = last + count;
        // SAFETY: below the capacity, and initialised.
        while len > last && unsafe { (*object.array.get().add(len - 1)).is_nil() } {
            len -= 1;
        }
        object.array_len.set(len as u32);
        Ok(())
    }

    /// Gives a large array part `cap` slots in place, if that is more than it has and the memory's
    /// source can; else leaves the table as it is.
    pub(super) fn extend_array(self, store: &Store<'r>, cap: usize) {
        let object = self.object();
        let old_cap = object.array_cap.get() as usize;
        let (Some(array), true) = (NonNull::new(object.array.get()), cap > old_cap) else {
            return;
        };
        let slot_bytes = size_of::<Value<'_>>();
        let (old_bytes, bytes) = (old_cap * slot_bytes, cap * slot_bytes);
        // SAFETY: the array part is a block of as many bytes, and only the table points to it.
        let extended = unsafe { store.heap.extend_block(array.cast(), old_bytes, bytes) };
        if let Some(extended) = extended {
            let array = extended.cast::<Value<'r>>().as_ptr();
            // SAFETY: the slots above the old ones are fresh (A1).
            unsafe { ptr::write_bytes(array.add(old_cap), 0, cap - old_cap) };
            object.array.set(array);
            object.array_cap.set(cap as u32);
        }
    }

    pub(super) fn new_array(
        self,
        store: &Store<'r>,
        cap: usize,
    ) -> Result<*mut Value<'r>, AllocError> {
        if cap == 0 {
            return Ok(ptr::null_mut());
        }
        if cap == self.object().array_cap.get() as usize {
            return Ok(self.object().array.get());
        }
        let start = store
            .heap
            .block(cap * size_of::<Value<'_>>())?
            .cast::<Value<'r>>()
            .as_ptr();
        Ok(start)
    }
}
