//! A table's array part: how a new table gets it, how it is filled at once, how it grows in place.
#![allow(unsafe_code)]

use core::cell::Cell;
use core::ptr::{self, NonNull};

use super::header::{Header, Kind};
use super::repr::Value;
use super::store::Store;
use super::table::{ARRAY_MAX, Table, TableObject};
use super::table_hash::{self, Node};
use crate::memory::{AllocError, Ref};

/// The most slots or nodes that a table gets in one step with it.
pub(super) const QUICK_MAX: usize = 8;
/// The most items that are appended in a plain loop.
const APPEND_QUICK_MAX: usize = 16;

impl<'r> TableObject<'r> {
    /// An empty table, still to be put into the region.
    #[inline(always)]
    pub(super) fn empty(store: &Store<'r>) -> Self {
        Self {
            header: Header::new(Kind::Table, 0, store.serials.take(Kind::Table)),
            metatable: Cell::new(None),
            array: Cell::new(ptr::null_mut()),
            nodes: Cell::new(Node::none()),
            array_len: Cell::new(0),
            array_cap: Cell::new(0),
            node_mask: Cell::new(0),
            last_free: Cell::new(0),
            absent: Cell::new(0),
            store_mask: Cell::new(0),
        }
    }

    /// Appends a few values to a list of `last` items, if it has room; false leaves all as it was.
    ///
    /// # Safety
    /// `from` points to as many initialised values, which do not lie in this table.
    #[inline(always)]
    pub(crate) unsafe fn append_quickly(
        &self,
        last: usize,
        from: *const Value<'r>,
        count: usize,
    ) -> bool {
        let len = self.array_len.get() as usize;
        let mut end = last.wrapping_add(count);
        if count.wrapping_sub(1) >= APPEND_QUICK_MAX
            || len != last
            || end > self.array_cap.get() as usize
            || self.is_untouched()
        {
            return false;
        }
        // SAFETY: within the capacity.
        let to = unsafe { self.array.get().add(last) };
        for index in 0..count {
            // SAFETY: the caller's promise, and within the capacity.
            unsafe { Value::copy_words(to.add(index), from.add(index)) };
        }
        // What is nil at the end does not count (A1 holds either way).
        // SAFETY: below the capacity, and initialised.
        while end > last && unsafe { (*self.array.get().add(end - 1)).is_nil() } {
            end -= 1;
        }
        self.array_len.set(end as u32);
        true
    }
}

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
        let bytes = size_of::<TableObject<'_>>();
        if count <= QUICK_MAX
            && let Some(start) = store
                .heap
                .bump_with_block(bytes, table_hash::block_bytes(count))
        {
            // SAFETY: fresh bytes for the block, behind those for the object.
            let block = unsafe { start.add(bytes) };
            // SAFETY: as above, and the caller's promise.
            let block = unsafe { table_hash::NodeBlock::copy_template(block, template, count) };
            // SAFETY: fresh bytes, large and aligned enough.
            let table = unsafe { Self::place(start, TableObject::empty(store)) };
            table.replace_nodes(block);
            return Ok(table);
        }
        let table = Self::empty(store)?;
        // SAFETY: the caller's promise.
        let block = unsafe { table_hash::NodeBlock::of_template(store, template, count)? };
        table.replace_nodes(block);
        Ok(table)
    }

    /// Makes a table with room for a few list items, in one step with it; `None` where that takes
    /// more than moving the finger of the heap.
    #[inline(always)]
    pub(super) fn quick_list(store: &Store<'r>, count: usize) -> Option<Self> {
        debug_assert!(count <= QUICK_MAX);
        let bytes = size_of::<TableObject<'_>>();
        let block_bytes = count * size_of::<Value<'_>>();
        let start = store.heap.bump_with_block(bytes, block_bytes)?;
        // SAFETY: fresh bytes for the slots, behind those for the object.
        let array = unsafe { start.add(bytes) }.cast::<Value<'r>>();
        for index in 0..count {
            // Volatile, or a call of `memset` is made of this short loop.
            // SAFETY: below the count.
            unsafe { array.add(index).write_volatile(Value::NIL) };
        }
        let object = TableObject::empty(store);
        object.array.set(array.as_ptr());
        object.array_cap.set(count as u32);
        // SAFETY: fresh bytes, large and aligned enough.
        Some(unsafe { Self::place(start, object) })
    }

    /// Writes a new table to where it is to be.
    ///
    /// # Safety
    /// `start` points to fresh bytes of the region that are enough for the object, and aligned.
    #[inline(always)]
    unsafe fn place(start: NonNull<u8>, object: TableObject<'r>) -> Self {
        let start = start.cast::<TableObject<'r>>();
        // SAFETY: the caller's promise.
        unsafe { start.write(object) };
        // SAFETY: initialised just now.
        Self(unsafe { Ref::from_raw(start) })
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
