//! Tables: an array part for the keys 1 to n, a hash part for the rest.
#![allow(unsafe_code)]
//!
//! ```text
//!   array:  [ slot 1 | slot 2 | ... | slot array_len | nil ... nil ]  array_cap slots of 16 bytes
//!   nodes:  [ value, key ] * node_count, then one i32 a node: how far it is to the next in chain
//! ```
//!
//! - **A1** `array_len <= array_cap`; slots from `array_len` to `array_cap` are nil.
//! - **A2** An integer key from 1 to `array_cap` is never in the hash part, but for dead nodes.
//! - **A3** Every key of the hash part is in the chain that starts at its main position (Brent's
//!   variation of chained scatter, as PUC Lua has it); a node whose value is nil is dead but keeps
//!   its key, so that a traversal finds its place.
//! - **A4** `absent` has a bit for a metamethod only if the table was found to lack it, and these
//!   are cleared when a key is given a value that it did not have. Its highest bits say whether the
//!   table has a metatable and whether it is untouched: where all is 0, anything may be stored.
//! - **A5** An untouched table is one that the region began with and has not written to. Its
//!   `store_mask` is no mask, and `last_free` says where it lies in the copy of the image; before
//!   anything in it changes, [`Table::touch`] has it noted (`image_warm.rs`). In all other tables
//!   `store_mask` is `node_mask`.
//! - **A6** A table where somebody went along more than [`HOPS_MAX`] links of one chain says so in
//!   `absent` until it gets another hash part. Quick ways give up there and see what it says; the
//!   general ways charge for the length of such chains.
//!
//! Absent on purpose: metamethods (the VM's business), and any shrinking but by rehashing.

use core::cell::Cell;
use core::ptr::{self, NonNull};

use super::header::Header;
use super::repr::{Value, tag};
use super::store::Store;
use super::string::{Str, short_hash};
use super::table_fill::QUICK_MAX;
use super::table_hash::{self, Node};
use crate::memory::{AllocError, Bound, Ref};

/// A Lua table of the region `'r`.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Table<'r>(pub(super) Ref<'r, TableObject<'r>>);

/// The object behind a [`Table`].
#[repr(C)]
pub(crate) struct TableObject<'r> {
    pub(super) header: Header,
    pub(crate) metatable: Cell<Option<Table<'r>>>,
    pub(crate) array: Cell<*mut Value<'r>>,
    pub(crate) nodes: Cell<*mut Node<'r>>,
    pub(crate) array_len: Cell<u32>,
    pub(crate) array_cap: Cell<u32>,
    /// Node count less one; the count is a power of two.
    pub(crate) node_mask: Cell<u32>,
    /// Nodes at and above this index are taken.
    pub(super) last_free: Cell<u32>,
    /// Metamethods that this table, as a metatable, is known to lack; and see A4.
    pub(crate) absent: Cell<u32>,
    /// What stores use for `node_mask` (A5).
    pub(crate) store_mask: Cell<u32>,
}

/// The bits of `absent` that are of metamethods.
#[cfg(debug_assertions)]
pub(super) const LACKS: u32 = HAS_METATABLE - 1;
/// In `absent`: the table has a long chain (A6).
const IS_FLOODED: u32 = 1 << 29;
/// In `absent`: the table has a metatable.
pub(super) const HAS_METATABLE: u32 = 1 << 30;
/// In `absent`: the table is untouched (A5).
pub(super) const IS_UNTOUCHED: u32 = 1 << 31;
/// The `store_mask` of untouched tables.
pub(super) const NO_MASK: u32 = u32::MAX;

/// Why a key cannot be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SetError {
    /// The key is nil.
    NilKey,
    /// The key is NaN.
    NanKey,
    /// No room.
    Memory(AllocError),
}

impl From<AllocError> for SetError {
    fn from(error: AllocError) -> Self {
        Self::Memory(error)
    }
}

/// The bit of `absent` for the metamethod `__mode`, which evacuations look for.
pub(crate) const ABSENT_MODE: u32 = 24;

/// How many links quick ways follow: no more than a few are needed where nobody sees to it (A6).
pub(crate) const HOPS_MAX: usize = 48;

/// The most slots an array part can have.
pub(super) const ARRAY_MAX: usize = 1 << 28;
/// Slots from which on a list that outgrew its room gets twice as much.
const LIST_DOUBLING_MIN: usize = 1 << 10;
/// The smallest array part that growing makes.
const ARRAY_MIN: usize = 4;

impl<'r> TableObject<'r> {
    /// The handle of this table.
    #[inline(always)]
    pub(crate) fn handle(&'r self) -> Table<'r> {
        // SAFETY: table objects exist in region memory only (R1).
        Table(unsafe { Ref::from_raw(NonNull::from(self)) })
    }

    /// Whether a value may be stored in the array part at `slot`, or behind it, at once: no
    /// metamethod is to be asked, and the table is not untouched.
    ///
    /// # Safety
    /// `slot` is an item of the table.
    #[inline(always)]
    pub(crate) unsafe fn may_overwrite(&self, slot: *const Value<'r>) -> bool {
        // SAFETY: the caller's promise.
        self.is_plain() || !self.is_untouched() && unsafe { !(*slot).is_nil() }
    }

    /// Whether the table has no metatable, is not untouched and was not looked at as a metatable.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        debug_assert_eq!(
            self.absent.get() & HAS_METATABLE != 0,
            self.metatable.get().is_some()
        );
        self.absent.get() == 0
    }

    /// Whether what is not found in the table at once is nil: it has no metatable, and no chain
    /// that quick ways do not go to the end of.
    #[inline(always)]
    pub(crate) fn is_bare(&self) -> bool {
        self.absent.get() & (HAS_METATABLE | IS_FLOODED) == 0
    }

    /// Whether there is a long chain (A6).
    #[inline(always)]
    pub(crate) fn is_flooded(&self) -> bool {
        self.absent.get() & IS_FLOODED != 0
    }

    /// Takes note of a long chain (A6).
    #[cold]
    #[inline(never)]
    pub(crate) fn note_flooded(&self) {
        self.absent.set(self.absent.get() | IS_FLOODED);
    }

    /// The hash part is another one, of whose chains nothing is known (A6).
    pub(super) fn forget_flood(&self) {
        self.absent.set(self.absent.get() & !IS_FLOODED);
    }

    #[inline(always)]
    pub(super) fn is_untouched(&self) -> bool {
        self.absent.get() & IS_UNTOUCHED != 0
    }

    /// Forgets which metamethods the table lacks (A4).
    #[inline(always)]
    fn forget_absence(&self) {
        self.absent
            .set(self.absent.get() & (HAS_METATABLE | IS_UNTOUCHED | IS_FLOODED));
    }
}

impl<'r> Table<'r> {
    /// Makes a table with room for `array_count` list items and `hash_count` other keys.
    ///
    /// # Errors
    /// The region has no room for it.
    pub(crate) fn new(
        store: &Store<'r>,
        array_count: usize,
        hash_count: usize,
    ) -> Result<Self, AllocError> {
        if hash_count == 0
            && array_count.wrapping_sub(1) < QUICK_MAX
            && let Some(table) = Self::quick_list(store, array_count)
        {
            return Ok(table);
        }
        let table = Self::empty(store)?;
        if array_count > 0 || hash_count > 0 {
            table.furnish(store, array_count, hash_count)?;
        }
        Ok(table)
    }

    /// Sets a field whose key is a short string, without metamethods.
    ///
    /// # Errors
    /// The region has no room; the table is as it was.
    #[inline(never)]
    pub(crate) fn set_short(
        self,
        store: &Store<'r>,
        key: Value<'r>,
        value: Value<'r>,
    ) -> Result<(), AllocError> {
        debug_assert!(key.tag() == tag::SHORT);
        self.touch();
        let hash = short_hash(key.word(), key.bits());
        if let Some(slot) = self.find_short(key, hash) {
            // SAFETY: an initialised slot; its old value says whether the key is new (A4).
            unsafe {
                if slot.as_ref().is_nil() {
                    self.object().forget_absence();
                }
                slot.write(value);
            }
            return Ok(());
        }
        if value.is_nil() {
            return Ok(());
        }
        self.object().forget_absence();
        if self.insert_at(hash, key, value) {
            return Ok(());
        }
        self.set_hash(store, key, value)
    }

    #[inline(always)]
    pub(crate) fn empty(store: &Store<'r>) -> Result<Self, AllocError> {
        Ok(Self(store.heap.alloc(TableObject::empty(store))?))
    }

    /// The table as a value.
    #[inline(always)]
    pub fn to_value(self) -> Value<'r> {
        // SAFETY: the tag of the kind.
        unsafe { Value::object(tag::TABLE, NonNull::new_unchecked(self.0.as_ptr()).cast()) }
    }

    /// The object.
    #[inline(always)]
    pub(crate) fn object(self) -> &'r TableObject<'r> {
        self.0.get()
    }

    /// The header of the object.
    pub(crate) fn to_header(self) -> *mut Header {
        self.0.as_ptr().cast()
    }

    /// The handle of the object with this header.
    ///
    /// # Safety
    /// It is the header of a live table of the region.
    pub(crate) unsafe fn from_header(header: NonNull<Header>) -> Self {
        // SAFETY: the caller's promise (O1).
        Self(unsafe { Ref::from_raw(header.cast()) })
    }

    /// Whether both are the same table.
    #[inline(always)]
    pub fn is(self, other: Self) -> bool {
        self.0.is(other.0)
    }

    /// The metatable.
    #[inline(always)]
    pub fn metatable(self) -> Option<Table<'r>> {
        self.object().metatable.get()
    }

    /// Replaces the metatable, whatever it is; no metamethod is asked.
    pub fn set_metatable(self, metatable: Option<Table<'r>>) {
        self.touch();
        let object = self.object();
        object.metatable.set(metatable);
        let others = object.absent.get() & !HAS_METATABLE;
        let flag = if metatable.is_some() {
            HAS_METATABLE
        } else {
            0
        };
        object.absent.set(others | flag);
    }

    /// Has to be called before anything in the table changes (A5).
    #[inline(always)]
    pub(crate) fn touch(self) {
        if self.object().is_untouched() {
            self.note_touched();
        }
    }

    /// Bytes of the table's parts, its own header included.
    pub(crate) fn bytes(self) -> usize {
        let object = self.object();
        size_of::<TableObject<'_>>()
            + object.array_cap.get() as usize * size_of::<Value<'_>>()
            + table_hash::block_bytes(self.node_count())
    }

    /// How many nodes the hash part has.
    pub(crate) fn node_count(self) -> usize {
        if self.has_nodes() {
            self.object().node_mask.get() as usize + 1
        } else {
            0
        }
    }

    #[inline(always)]
    pub(super) fn has_nodes(self) -> bool {
        !ptr::eq(self.object().nodes.get(), Node::none())
    }

    /// The slot of the integer key `key` in the array part, if it lies there.
    #[inline(always)]
    pub(crate) fn array_slot(self, key: i64) -> Option<NonNull<Value<'r>>> {
        let object = self.object();
        let index = (key as u64).wrapping_sub(1);
        if index < u64::from(object.array_len.get()) {
            // SAFETY: below `array_len` (A1), so in a part that is not null.
            Some(unsafe { NonNull::new_unchecked(object.array.get().add(index as usize)) })
        } else {
            None
        }
    }

    /// The value at `key` without metamethods.
    #[inline]
    pub fn raw_get(self, key: Value<'r>) -> Value<'r> {
        match key.tag() {
            tag::SHORT => self.get_short(key),
            tag::INT => self.raw_get_int(key.bits() as i64),
            tag::NIL => Value::NIL,
            _ => self.get_other(key),
        }
    }

    /// The value at the integer `key` without metamethods.
    #[inline(always)]
    pub fn raw_get_int(self, key: i64) -> Value<'r> {
        match self.array_slot(key) {
            // SAFETY: an initialised slot (A1).
            Some(slot) => unsafe { slot.read() },
            None => self.hash_int(key),
        }
    }

    /// The value at a string key without metamethods.
    pub fn raw_get_str(self, key: Str<'r>) -> Value<'r> {
        self.raw_get(key.to_value())
    }

    #[inline(always)]
    pub(crate) fn get_short(self, key: Value<'r>) -> Value<'r> {
        self.read(self.find_short(key, short_hash(key.word(), key.bits())))
    }

    /// The value at a short string key whose hash is known.
    #[inline(always)]
    pub(crate) fn get_key(self, key: Value<'static>, hash: u32) -> Value<'r> {
        // SAFETY: a short string points to nothing.
        self.read(self.find_short(unsafe { key.rebrand() }, hash))
    }

    /// The value at a long string key.
    #[inline]
    pub(crate) fn get_long(self, key: Value<'r>) -> Value<'r> {
        debug_assert!(key.tag() == tag::LONG);
        self.read(self.find_long(Str::from_value(key)))
    }

    #[inline(never)]
    pub(crate) fn hash_int(self, key: i64) -> Value<'r> {
        self.read(self.find_words(Value::int(key), table_hash::hash_int(key)))
    }

    #[inline(never)]
    fn get_other(self, key: Value<'r>) -> Value<'r> {
        match table_hash::normalize(key) {
            Some(key) if key.word() == tag::INT => self.raw_get_int(key.bits() as i64),
            Some(key) => self.read(self.find(key)),
            None => Value::NIL,
        }
    }

    #[inline(always)]
    fn read(self, slot: Option<NonNull<Value<'r>>>) -> Value<'r> {
        // SAFETY: slots of the hash part are initialised.
        slot.map_or(Value::NIL, |slot| unsafe { slot.read() })
    }

    /// The slot where `key` (normal, not nil) is kept, in either part; the value may be nil.
    pub(crate) fn slot(self, key: Value<'r>) -> Option<NonNull<Value<'r>>> {
        if let Some(index) = key.as_int()
            && let Some(slot) = self.array_slot(index)
        {
            return Some(slot);
        }
        self.find(key)
    }

    /// Sets `key` to `value` without metamethods.
    ///
    /// # Errors
    /// The key is nil or NaN, or the region has no room; the table is as it was.
    pub(crate) fn raw_set(
        self,
        store: &Store<'r>,
        key: Value<'r>,
        value: Value<'r>,
    ) -> Result<(), SetError> {
        if let Some(index) = key.as_int() {
            return Ok(self.raw_set_int(store, index, value)?);
        }
        let Some(key) = table_hash::normalize(key) else {
            return Err(if key.is_nil() {
                SetError::NilKey
            } else {
                SetError::NanKey
            });
        };
        if let Some(index) = key.as_int() {
            return Ok(self.raw_set_int(store, index, value)?);
        }
        Ok(self.set_hash(store, key, value)?)
    }

    /// Sets a string key without metamethods.
    ///
    /// # Errors
    /// The region has no room; the table is as it was.
    pub(crate) fn raw_set_str(
        self,
        store: &Store<'r>,
        key: Str<'r>,
        value: Value<'r>,
    ) -> Result<(), AllocError> {
        self.set_hash(store, key.to_value(), value)
    }

    /// Sets the integer `key` without metamethods.
    ///
    /// # Errors
    /// The region has no room; the table is as it was.
    #[inline]
    pub(crate) fn raw_set_int(
        self,
        store: &Store<'r>,
        key: i64,
        value: Value<'r>,
    ) -> Result<(), AllocError> {
        if let Some(slot) = self.array_slot(key) {
            self.touch();
            // SAFETY: an initialised slot (A1).
            unsafe { slot.write(value) };
            return Ok(());
        }
        self.set_int_slow(store, key, value)
    }

    #[inline(never)]
    fn set_int_slow(self, store: &Store<'r>, key: i64, value: Value<'r>) -> Result<(), AllocError> {
        self.touch();
        let object = self.object();
        let index = (key as u64).wrapping_sub(1);
        if index < u64::from(object.array_cap.get()) {
            if !value.is_nil() {
                // SAFETY: within the capacity; the slots in between are nil already (A1).
                unsafe { object.array.get().add(index as usize).write(value) };
                object.array_len.set(index as u32 + 1);
            }
            return Ok(());
        }
        self.set_hash(store, Value::int(key), value)
    }

    /// Sets a normal key that is not in the array part.
    #[inline(never)]
    fn set_hash(
        self,
        store: &Store<'r>,
        key: Value<'r>,
        value: Value<'r>,
    ) -> Result<(), AllocError> {
        self.touch();
        if let Some(slot) = self.find(key) {
            // SAFETY: an initialised slot; its old value says whether the key is new (A4).
            unsafe {
                if slot.as_ref().is_nil() {
                    self.object().forget_absence();
                }
                slot.write(value);
            }
            return Ok(());
        }
        if value.is_nil() {
            return Ok(());
        }
        self.object().forget_absence();
        if self.insert(key, value) {
            return Ok(());
        }
        self.rehash(store, key)?;
        if let Some(index) = key.as_int()
            && (index as u64).wrapping_sub(1) < u64::from(self.object().array_cap.get())
        {
            // Items behind the key may lie in the array part by now.
            return self.raw_set_int(store, index, value);
        }
        let inserted = self.insert(key, value);
        debug_assert!(inserted, "a rehash makes room");
        Ok(())
    }

    /// Sees to it that the keys 1 to `count` go into the array part.
    ///
    /// # Errors
    /// The region has no room; the table is as it was.
    pub(crate) fn reserve_list(self, store: &Store<'r>, count: usize) -> Result<(), AllocError> {
        let room = self.object().array_cap.get() as usize;
        if count > room {
            let mut counts = [0; 65];
            let in_hash = self.count_nodes(&mut counts);
            // A long constructor comes here time and again: the room doubles.
            let wanted = if room < LIST_DOUBLING_MIN {
                count
            } else {
                count.max(room.saturating_mul(2).min(ARRAY_MAX))
            };
            self.resize(store, wanted, in_hash)?;
        }
        Ok(())
    }

    /// Makes room for the new key `key`, counting how the integer keys lie.
    fn rehash(self, store: &Store<'r>, key: Value<'r>) -> Result<(), AllocError> {
        let mut counts = [0u32; 65];
        let mut total = self.count_array(&mut counts);
        let in_hash = self.count_nodes(&mut counts);
        total += in_hash + 1;
        table_hash::count_key(key, &mut counts);
        let (array_cap, in_array) = table_hash::array_size(&counts, total);
        // More room than that is for what is appended: it takes in no key behind a gap.
        let low: u32 = counts[..=table_hash::power_of(ARRAY_MIN as u64)]
            .iter()
            .sum();
        let array_cap = if array_cap == 0 || low as usize > in_array {
            array_cap
        } else {
            array_cap.max(ARRAY_MIN)
        };
        let hash_count = total - in_array;
        // Keys that come while as many go would fill what little is left at once, and bring us
        // here time and again: there is to be room for a third as many.
        let roomy = hash_count + hash_count / 3;
        let is_churned = in_hash < self.node_count();
        if is_churned && self.resize(store, array_cap, roomy).is_ok() {
            return Ok(());
        }
        self.resize(store, array_cap, hash_count)
    }

    /// Counts the values of the array part by the power of two that bounds their keys.
    fn count_array(self, counts: &mut [u32; 65]) -> usize {
        let mut total = 0;
        for index in 0..self.object().array_len.get() as usize {
            // SAFETY: below `array_len` (A1).
            let slot = unsafe { self.object().array.get().add(index) };
            // SAFETY: initialised.
            if !unsafe { (*slot).is_nil() } {
                counts[table_hash::power_of(index as u64 + 1)] += 1;
                total += 1;
            }
        }
        total
    }

    /// Gives the parts new sizes and puts every value in its new place.
    ///
    /// # Errors
    /// The region has no room; the table is as it was.
    pub(crate) fn resize(
        self,
        store: &Store<'r>,
        array_cap: usize,
        hash_count: usize,
    ) -> Result<(), AllocError> {
        if array_cap > ARRAY_MAX {
            return Err(AllocError::new(
                Bound::Request,
                array_cap.saturating_mul(16),
            ));
        }
        self.touch();
        let new_nodes = table_hash::NodeBlock::new(store, hash_count)?;
        self.extend_array(store, array_cap);
        let new_array = match self.new_array(store, array_cap) {
            Ok(array) => array,
            Err(error) => {
                new_nodes.free(store);
                return Err(error);
            }
        };
        self.move_into(store, new_array, array_cap, new_nodes);
        Ok(())
    }

    /// Cannot fail: both parts are there, and large enough for what the old ones hold.
    fn move_into(
        self,
        store: &Store<'r>,
        array: *mut Value<'r>,
        cap: usize,
        nodes: table_hash::NodeBlock<'r>,
    ) {
        let object = self.object();
        let (old_array, old_cap) = (object.array.get(), object.array_cap.get() as usize);
        let old_len = object.array_len.get() as usize;
        let old_nodes = self.replace_nodes(nodes);
        if !ptr::eq(array, old_array) || cap != old_cap {
            let kept = old_len.min(cap);
            if cap > 0 {
                // SAFETY: the new part has `cap` slots and is another block than the old one.
                unsafe {
                    ptr::copy_nonoverlapping(old_array, array, if old_len == 0 { 0 } else { kept });
                    ptr::write_bytes(array.add(kept), 0, cap - kept);
                }
            }
            object.array.set(array);
            object.array_cap.set(cap as u32);
            object.array_len.set(kept as u32);
            for index in kept..old_len {
                // SAFETY: the old part is still there, and initialised up to `old_len`.
                let value = unsafe { old_array.add(index).read() };
                if !value.is_nil() {
                    let inserted = self.insert(Value::int(index as i64 + 1), value);
                    debug_assert!(inserted);
                }
            }
            if let Some(old) = NonNull::new(old_array) {
                // SAFETY: the block of the old part, which nothing points to any more.
                unsafe {
                    store
                        .heap
                        .free_block(old.cast(), old_cap * size_of::<Value<'_>>())
                };
            }
        }
        old_nodes.for_each(|key, value| {
            let in_array = key
                .as_int()
                .is_some_and(|key| self.put_in_array(key, value));
            if !in_array {
                let inserted = self.insert(key, value);
                debug_assert!(inserted, "the new part holds all keys");
            }
        });
        old_nodes.free(store);
    }

    /// Writes within the array part's capacity; false if `key` lies outside.
    fn put_in_array(self, key: i64, value: Value<'r>) -> bool {
        let object = self.object();
        let index = (key as u64).wrapping_sub(1);
        if index >= u64::from(object.array_cap.get()) {
            return false;
        }
        // SAFETY: within the capacity.
        unsafe { object.array.get().add(index as usize).write(value) };
        object
            .array_len
            .set(object.array_len.get().max(index as u32 + 1));
        true
    }

    /// A border: `t[n] ~= nil and t[n + 1] == nil`, or 0. No metamethod is asked.
    #[inline]
    pub fn raw_len(self) -> i64 {
        self.near_len().unwrap_or_else(|| self.border_in_hash())
    }

    /// As [`Table::raw_len`]; `None` if the list goes on in the hash part, where looking for its
    /// end takes longer.
    #[inline]
    pub(crate) fn near_len(self) -> Option<i64> {
        let object = self.object();
        let len = object.array_len.get() as usize;
        // SAFETY: below `array_len` (A1).
        if len > 0 && unsafe { !(*object.array.get().add(len - 1)).is_nil() } && !self.has_nodes() {
            return Some(len as i64);
        }
        self.near_len_slow(len)
    }

    #[inline(never)]
    fn near_len_slow(self, len: usize) -> Option<i64> {
        let object = self.object();
        // SAFETY: only indices below `array_len` are asked for (A1).
        let is_nil = |index: usize| unsafe { (*object.array.get().add(index)).is_nil() };
        if len > 0 && is_nil(len - 1) {
            if len == 1 || !is_nil(len - 2) {
                // The last item was removed: dropping its slot keeps the next answer quick.
                self.touch();
                object.array_len.set(len as u32 - 1);
                return Some(len as i64 - 1);
            }
            // `border` is 0 or a slot with a value, `above` a slot without, both counted from 1.
            let (mut border, mut above) = (0, len - 1);
            while above - border > 1 {
                let middle = border + (above - border) / 2;
                if is_nil(middle - 1) {
                    above = middle
                } else {
                    border = middle
                }
            }
            return Some(border as i64);
        }
        let is_full = len as u32 == object.array_cap.get() && self.has_nodes();
        (!is_full || self.hash_int(len as i64 + 1).is_nil()).then_some(len as i64)
    }

    /// Continues a full array part into the hash part: doubling, then halving.
    #[cold]
    fn border_in_hash(self) -> i64 {
        let is_nil = |key: i64| self.hash_int(key).is_nil();
        let len = i64::from(self.object().array_len.get());
        // As PUC Lua goes about it, so that of several borders it finds the same one.
        let mut border = len.max(1);
        let mut above = border.saturating_mul(2);
        while !is_nil(above) {
            if above == i64::MAX {
                return above;
            }
            border = above;
            above = above.saturating_mul(2);
        }
        while above - border > 1 {
            let middle = border + (above - border) / 2;
            if is_nil(middle) {
                above = middle
            } else {
                border = middle
            }
        }
        border
    }
}
