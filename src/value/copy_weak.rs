//! Weak tables during an evacuation.
#![allow(unsafe_code)]
//!
//! A reference that does not keep its object alive is left as it is, with a mark in its tag, until
//! it is known whether something else does.
//!
//! - **WK1** A value with [`LATE`] in its tag still refers to the old space. Marks exist only in
//!   tables that are listed, and [`Evacuation::settle_all`] leaves none.
//! - **WK2** A weak key of an ephemeron table that was not reached yet holds its entry: its
//!   object's header has kind [`HELD`] and the entry's address above it. The key has [`CHAINED`] in
//!   its tag and the next entry of that key above it; its payload is the object's own header. When
//!   the object is reached, its entries are ready: so every entry is looked at once, whatever
//!   chains a script makes.
//! - **WK3** Strings are values: a table loses an entry for a string only if it loses it for the
//!   entry's other half.
//! - **WK4** A key that is gone becomes a NaN, which no lookup finds and no free node has (A3).
//! - **WK5** A listed table links the list through the third word of its old object. In place it
//!   has a flag in its header, and is noted.

use core::ptr::{self, NonNull};

use super::copy::{Evacuation, FORWARDED, Waiting, forwarded, unit_of};
use super::header::{FLAG_FIXED, FLAG_LISTED, FLAG_UNIT, Header, Kind};
use super::repr::{Value, tag};
use super::string::{Str, StrObject, field_key, short_hash};
use super::table::{ABSENT_MODE, Table, TableObject};
use super::table_hash::Node;
use crate::memory::{Cursor, Heap, Unit};

/// The kind of a header that holds entries of ephemeron tables (WK2).
pub(super) const HELD: u8 = 0xFE;
/// In a value's tag: it refers to the old space, and perhaps to nothing (WK1).
const LATE: u64 = 0x40;
/// In a key's tag: the entry is held by its key (WK2).
const CHAINED: u64 = 0x80;

/// A table that is listed, in the old space (WK5).
#[repr(C)]
pub(super) struct Listed {
    waiting: Waiting,
    next: *mut Listed,
}

const _: () = assert!(size_of::<Listed>() <= size_of::<TableObject<'_>>());

/// Which halves of a table's entries do not keep their objects alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Weakness {
    pub(super) keys: bool,
    pub(super) values: bool,
}

/// Longer strings are no modes, as in PUC Lua, which looks at its short strings only.
const MODE_MAX: usize = 40;

impl Weakness {
    const NONE: Self = Self {
        keys: false,
        values: false,
    };

    /// What the `__mode` of a table's metatable says.
    #[inline]
    pub(super) fn of(table: &TableObject<'_>) -> Self {
        match table.metatable.get() {
            Some(metatable) if metatable.object().absent.get() & 1 << ABSENT_MODE == 0 => {
                Self::read(metatable)
            }
            _ => Self::NONE,
        }
    }

    #[inline(never)]
    fn read(metatable: Table<'_>) -> Self {
        const MODE: (Value<'static>, u32) = match field_key(b"__mode") {
            Some(key) => key,
            None => panic!("it is a short string"),
        };
        debug_assert_eq!(MODE.1, short_hash(MODE.0.word(), MODE.0.bits()));
        // The metatable may have been looked at or not. Its short keys are the same either way, and
        // a string in the old space still has its text.
        let mode = metatable.get_key(MODE.0, MODE.1);
        let Some(mode) = mode.as_str().filter(|mode| mode.len() <= MODE_MAX) else {
            if mode.is_nil() {
                let absent = &metatable.object().absent;
                absent.set(absent.get() | 1 << ABSENT_MODE);
            }
            return Self::NONE;
        };
        Self {
            keys: mode.as_bytes().contains(&b'k'),
            values: mode.as_bytes().contains(&b'v'),
        }
    }
}

/// The tag word of a value in a table.
///
/// # Safety
/// `slot` points to an initialised value.
unsafe fn word_of(slot: *mut Value<'_>) -> *mut u64 {
    slot.cast()
}

impl<'r, const IN_PLACE: bool> Evacuation<'_, 'r, IN_PLACE> {
    /// Looks at one entry of a table; true if something of it is left for later.
    ///
    /// # Safety
    /// `node` is an initialised node of a table that is being looked at.
    #[inline]
    pub(super) unsafe fn scan_node(&mut self, node: *mut Node<'r>, weakness: Weakness) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            let (key, value) = (&raw mut (*node).key, &raw mut (*node).value);
            if (*value).is_nil() {
                // A key without a value keeps nothing alive.
                return (*key).is_object() && self.postpone(key);
            }
            if weakness == Weakness::NONE {
                self.value(key);
                self.value(value);
                return false;
            }
            self.scan_weak_node(key, value, weakness)
        }
    }

    /// # Safety
    /// Key and value of an entry in use.
    #[inline(never)]
    unsafe fn scan_weak_node(
        &mut self,
        key: *mut Value<'r>,
        value: *mut Value<'r>,
        weakness: Weakness,
    ) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            let is_object = |slot: *mut Value<'r>| (*slot).is_object();
            if weakness.keys && weakness.values {
                let is_late = is_object(key) && self.postpone(key);
                return (is_object(value) && self.postpone(value)) | is_late;
            }
            if weakness.values {
                self.value(key);
                if !is_object(value) || (*value).tag() == tag::LONG {
                    self.value(value);
                    return false;
                }
                return self.postpone(value);
            }
            let is_weak = is_object(key) && (*key).tag() != tag::LONG;
            if !is_weak {
                self.value(key);
            } else if !self.settle(key) {
                self.hold(key);
                return true;
            }
            self.value(value);
            false
        }
    }

    /// Looks at the items of an array part with weak values; true if any is left for later.
    ///
    /// # Safety
    /// `count` initialised values start at `first`.
    pub(super) unsafe fn weak_items(&mut self, first: *mut Value<'r>, count: usize) -> bool {
        let mut is_late = false;
        for index in 0..count {
            // SAFETY: the caller's promise.
            unsafe {
                let slot = first.add(index);
                if (*slot).is_object() && (*slot).tag() != tag::LONG {
                    is_late |= self.postpone(slot);
                } else {
                    self.value(slot);
                }
            }
        }
        is_late
    }

    /// Puts a table on the list that its weakness belongs to.
    ///
    /// # Safety
    /// `old` is a table of the old space that was taken off the work list and is on neither list.
    pub(super) unsafe fn list(&mut self, old: *mut Listed, weakness: Weakness) {
        if IN_PLACE {
            // SAFETY: the caller's promise; both lists are one here, since tables with weak keys
            // alone have no late values.
            unsafe {
                let table = NonNull::new_unchecked(old).cast::<Header>();
                table.as_ref().add(FLAG_LISTED);
                self.marks.note(table.cast());
            }
            return;
        }
        let list = if weakness.values {
            &mut self.weak
        } else {
            &mut self.late
        };
        // SAFETY: the caller's promise (WK5).
        unsafe { (*old).next = *list };
        *list = old;
    }

    /// Whether the object behind a value survives, as far as is known.
    ///
    /// # Safety
    /// `slot` holds an object value of the old space, without marks.
    pub(super) unsafe fn is_reached(&mut self, slot: *mut Value<'r>) -> bool {
        // SAFETY: the caller's promise; the payload is the second word (V1).
        unsafe { self.survivor(*slot.cast::<*mut Header>().add(1)).is_some() }
    }

    /// Where an object of the old space went, if it was reached.
    ///
    /// # Safety
    /// `old` points to an object of the old space, or to a fixed one.
    unsafe fn survivor(&mut self, old: *mut Header) -> Option<*mut Header> {
        // SAFETY: the caller's promise.
        unsafe {
            let kind = (*old).kind_index();
            if !IN_PLACE && kind == FORWARDED {
                return Some(forwarded(old.cast()));
            }
            if kind == HELD {
                return None;
            }
            if (*old).has(FLAG_FIXED) {
                let epoch = self.store.heap.epoch();
                let is_gone = (*old).has(FLAG_UNIT) && !Unit::is_marked(unit_of(old), epoch);
                return (!is_gone).then_some(old);
            }
            let is_large =
                kind == Kind::Str as u8 && Heap::has_own_chunk(StrObject::bytes(old.cast()));
            let start = NonNull::new_unchecked(old).cast();
            let is_there = if is_large {
                self.store.heap.is_rescued(start)
            } else {
                IN_PLACE && self.marks.is_marked(start)
            };
            is_there.then_some(old)
        }
    }

    /// Mends an object value if the object was reached; false, and no change, if not.
    ///
    /// # Safety
    /// `slot` holds an object value of the old space, without marks.
    unsafe fn settle(&mut self, slot: *mut Value<'r>) -> bool {
        // SAFETY: the caller's promise; the payload is the second word (V1).
        unsafe {
            let place = slot.cast::<*mut Header>().add(1);
            match self.survivor(*place) {
                Some(new) => {
                    *place = new;
                    true
                }
                None => false,
            }
        }
    }

    /// Mends an object value, or marks it as late and returns true.
    ///
    /// # Safety
    /// As [`Evacuation::settle`].
    unsafe fn postpone(&mut self, slot: *mut Value<'r>) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            if self.settle(slot) {
                return false;
            }
            *word_of(slot) |= LATE;
            true
        }
    }

    /// Lets the key of an entry hold it (WK2).
    ///
    /// # Safety
    /// `key` is the key of a node, an object that was not reached and is no string.
    unsafe fn hold(&mut self, key: *mut Value<'r>) {
        // SAFETY: the caller's promise; the key is the second half of its node.
        unsafe {
            let object = *key.cast::<*mut Header>().add(1);
            let node = key.sub(1).cast::<Node<'r>>();
            debug_assert!(ptr::eq(&raw const (*node).key, key));
            let (next, own) = if (*object).kind_index() == HELD {
                let first = node_at::<'r>((*object).word());
                (first.expose_provenance() as u64, own_word(first))
            } else {
                (0, (*object).word())
            };
            let word = word_of(key);
            *word = *word | CHAINED | next << 8;
            *word.add(1) = own;
            (*object).set_word(u64::from(HELD) | (node.expose_provenance() as u64) << 8);
        }
    }

    /// Brings a held object along: its entries are ready (WK2). Returns where it went.
    ///
    /// # Safety
    /// `old` is an object of the old space whose header says that it is held.
    #[cold]
    pub(super) unsafe fn release(&mut self, old: *mut Header) -> *mut Header {
        // SAFETY: the caller's promise.
        unsafe {
            let first = node_at::<'r>((*old).word());
            (*old).set_word(own_word(first));
            let new = self.bring(old);
            let mut last = first;
            loop {
                let key = &raw mut (*last).key;
                *key.cast::<*mut Header>().add(1) = new;
                let next = node_at::<'r>(*word_of(key));
                if next.is_null() {
                    break;
                }
                last = next;
            }
            let word = word_of(&raw mut (*last).key);
            *word |= (self.ready.expose_provenance() as u64) << 8;
            self.ready = first;
            new
        }
    }

    /// Looks at the value of one entry that is ready; false if there is none.
    pub(super) fn look_at_ready(&mut self) -> bool {
        let Some(node) = NonNull::new(self.ready) else {
            return false;
        };
        // SAFETY: an entry whose key was reached, and mended by `release`.
        unsafe {
            let node = node.as_ptr();
            let word = word_of(&raw mut (*node).key);
            self.ready = node_at(*word);
            *word &= 0xFF & !CHAINED;
            self.value(&raw mut (*node).value);
        }
        true
    }

    /// Settles weak values, before finalizers bring any object back.
    pub(super) fn settle_weak_values(&mut self) {
        // SAFETY: listed tables were looked at.
        self.each_listed(self.weak, |this, table| unsafe {
            this.settle_values(table)
        });
    }

    /// Settles all that is left (WK1), when nothing more will be reached.
    pub(super) fn settle_all(&mut self) {
        self.settle_weak_values();
        let settle = |this: &mut Self, table: &TableObject<'r>| {
            for index in 0..node_count(table) {
                // SAFETY: a node of a listed table, whose values are settled.
                unsafe { this.settle_node(table.nodes.get().add(index)) };
            }
            table.header.remove(FLAG_LISTED);
        };
        self.each_listed(self.weak, settle);
        if !IN_PLACE {
            self.each_listed(self.late, settle);
        }
    }

    /// Calls `act` with the tables of a list; in place there is one list only.
    fn each_listed(&mut self, list: *mut Listed, mut act: impl FnMut(&mut Self, &TableObject<'r>)) {
        let mut cursor = Cursor::default();
        let mut next = list;
        // SAFETY: listed tables are in the old space and forwarded (WK5); what is noted in place
        // are objects, with a flag if they are listed.
        unsafe {
            while let Some(object) = self.marks.next_noted(&mut cursor) {
                if object.cast::<Header>().as_ref().has(FLAG_LISTED) {
                    act(self, object.cast::<TableObject<'r>>().as_ref());
                }
            }
            while let Some(listed) = NonNull::new(next) {
                let table = &*forwarded(listed.as_ptr().cast()).cast::<TableObject<'r>>();
                act(self, table);
                next = (*listed.as_ptr()).next;
            }
        }
    }

    /// Settles the late values of a table, but for strings, which depend on their keys (WK3).
    ///
    /// # Safety
    /// The table was looked at and is listed.
    unsafe fn settle_values(&mut self, table: &TableObject<'r>) {
        // SAFETY: items up to `array_len` and all nodes are initialised.
        unsafe {
            for index in 0..table.array_len.get() as usize {
                self.settle_value(table.array.get().add(index));
            }
            for index in 0..node_count(table) {
                self.settle_value(&raw mut (*table.nodes.get().add(index)).value);
            }
        }
    }

    /// # Safety
    /// `slot` is a value of a listed table.
    unsafe fn settle_value(&mut self, slot: *mut Value<'r>) {
        // SAFETY: the caller's promise; without its mark a late value is one of the old space.
        unsafe {
            let word = word_of(slot);
            if *word & LATE != 0 && *word != tag::LONG | LATE {
                *word &= !LATE;
                if !self.settle(slot) {
                    slot.write(Value::NIL);
                }
            }
        }
    }

    /// Settles an entry whose values were settled.
    ///
    /// # Safety
    /// `node` is an entry of a listed table.
    unsafe fn settle_node(&mut self, node: *mut Node<'r>) {
        // SAFETY: the caller's promise; without its mark a late value is one of the old space.
        unsafe {
            let (key, value) = (&raw mut (*node).key, &raw mut (*node).value);
            let word = word_of(key);
            let is_late = *word & LATE != 0;
            let is_chained = *word & CHAINED != 0;
            if is_late {
                *word &= !LATE;
                let is_string = *word == tag::LONG;
                if is_string && !(*value).is_nil() {
                    self.value(key);
                } else if !self.settle(key) {
                    drop_entry(node);
                }
            } else if is_chained {
                // Nobody reached the key: only `release` takes this mark away.
                drop_entry(node);
            }
            if *word_of(value) == tag::LONG | LATE {
                *word_of(value) = tag::LONG;
                self.value(value);
            }
        }
    }
}

/// Takes an entry out of its table; its chain stays as it is (WK4).
///
/// # Safety
/// `node` points to a node.
unsafe fn drop_entry(node: *mut Node<'_>) {
    // SAFETY: the caller's promise.
    unsafe {
        (*node).value = Value::NIL;
        (*node).key = Value::float(f64::NAN);
    }
}

/// The node whose address is above the low byte of a word.
fn node_at<'r>(word: u64) -> *mut Node<'r> {
    ptr::with_exposed_provenance_mut((word >> 8) as usize)
}

/// The header that the key of a held entry keeps for its object.
///
/// # Safety
/// `node` is a held entry.
unsafe fn own_word(node: *mut Node<'_>) -> u64 {
    // SAFETY: the caller's promise (WK2).
    unsafe { *word_of(&raw mut (*node).key).add(1) }
}

fn node_count(table: &TableObject<'_>) -> usize {
    if ptr::eq(table.nodes.get(), Node::none()) {
        0
    } else {
        table.node_mask.get() as usize + 1
    }
}

/// A string is late only as a whole value.
const _: () = assert!(tag::LONG & (LATE | CHAINED) == 0 && size_of::<Str<'_>>() == 16);
