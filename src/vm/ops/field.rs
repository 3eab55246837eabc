//! Fields by the shortest way: what the loop calls before it asks the general code in `index`.
#![allow(unsafe_code)]
//!
//! Nothing here allocates but `store`, calls a metamethod or raises an error: whoever is not served
//! takes the general way, which starts over.

use crate::value::{HOPS_MAX, Str, Table, TableObject, Value, short_hash, tag};
use crate::vm::metamethod::{Event, INDEX_KEY, lookup};
use crate::vm::slot::{self, Slot};
use crate::vm::state::State;

/// How many tables [`inherited`] follows; longer chains take the general way.
const CHAIN_MAX: usize = 16;

/// From so many bytes on, a string is charged for where it is compared.
const LONG_MIN: usize = 1 << 10;

/// What `__index` is asked for through one nil value.
const NIL: *const Value<'static> = &Value::NIL;

/// Whether `key` is compared with others in no time worth charging for.
#[inline(always)]
pub(crate) fn is_quick_key(key: Value<'_>) -> bool {
    key.tag() != tag::LONG || key.as_str().is_some_and(|text| text.len() < LONG_MIN)
}

/// The slot of a key in the hash part of `table` that is equal only to the same two words, or null:
/// then the table lacks it, or says that it has a long chain (A6).
///
/// # Safety
/// `table` is a live table, and `mask` its `node_mask`.
#[inline(always)]
pub(crate) unsafe fn words_slot<'r>(
    table: &TableObject<'r>,
    mask: u32,
    (word, bits): (u64, u64),
    hash: u32,
) -> Slot<'r> {
    // SAFETY: nodes and links are reached by masks and links of the table itself (A3).
    unsafe {
        debug_assert_eq!(mask, table.node_mask.get());
        let home = (hash & mask) as usize;
        let nodes = table.nodes.get();
        let mut node = nodes.add(home);
        if (*node).key.word() == word && (*node).key.bits() == bits {
            return &raw mut (*node).value;
        }
        let links = nodes.add(mask as usize + 1).cast::<i32>();
        let mut index = home;
        let mut hops = 0;
        loop {
            let link = *links.add(index);
            if link == 0 {
                return core::ptr::null_mut();
            }
            hops += 1;
            if hops > HOPS_MAX {
                table.note_flooded();
                return core::ptr::null_mut();
            }
            index = index.wrapping_add_signed(link as isize);
            node = nodes.add(index);
            if (*node).key.word() == word && (*node).key.bits() == bits {
                return &raw mut (*node).value;
            }
        }
    }
}

/// The first node of a field key's chain, then along it, to the slot of `key`.
///
/// # Safety
/// `table` is a live table, `mask` its `node_mask`, or `store_mask` if the slot is to be written:
/// no slot is found then in an untouched table. `key` is a short string.
#[inline(always)]
pub(crate) unsafe fn field_slot<'r>(
    table: &TableObject<'r>,
    mask: u32,
    key: *const Value<'static>,
    hash: u16,
) -> Slot<'r> {
    // SAFETY: nodes and links are reached by masks and links of the table itself (A3).
    unsafe {
        let (word, bits) = ((*key).word(), (*key).bits());
        // The instruction has 16 bits of the hash, which is all that most tables need.
        let hash = if mask <= 0xFFFF {
            u32::from(hash)
        } else if mask == u32::MAX {
            return core::ptr::null_mut();
        } else {
            short_hash(word, bits)
        };
        words_slot(table, mask, (word, bits), hash)
    }
}

/// The slot of a long string key, if it is the very object at the start of its chain; else null,
/// which says nothing. Constants of a program with the same text are one object.
///
/// # Safety
/// As for [`field_slot`]; `key` is a constant string.
#[inline(always)]
pub(crate) unsafe fn object_slot<'r>(
    table: &TableObject<'r>,
    mask: u32,
    key: *const Value<'static>,
) -> Slot<'r> {
    // SAFETY: nodes are reached by the mask of the table itself (A3).
    unsafe {
        let (word, bits) = ((*key).word(), (*key).bits());
        if mask == u32::MAX || word != tag::LONG {
            return core::ptr::null_mut();
        }
        let hash = Str::from_value(*key).constant_hash();
        let node = table.nodes.get().add((hash & mask) as usize);
        if (*node).key.word() == word && (*node).key.bits() == bits {
            &raw mut (*node).value
        } else {
            core::ptr::null_mut()
        }
    }
}

/// Where the value of a short string key lies that a value with this metatable itself lacks, if
/// tables alone decide: in a table of its `__index` chain, or in a nil if no table has it. Null:
/// take the general way. The slot is only to be read.
///
/// # Safety
/// `metatable` is live, and `key` a short string.
#[inline(never)]
pub(crate) unsafe fn inherited<'r>(
    metatable: Option<Table<'r>>,
    key: *const Value<'static>,
) -> Slot<'r> {
    // SAFETY: the tables of a chain are live (X1); their keys are compared by words.
    unsafe {
        let (word, bits) = ((*key).word(), (*key).bits());
        let hash = short_hash(word, bits);
        let mut metatable = metatable;
        for _ in 0..CHAIN_MAX {
            let Some(table) = metatable else {
                return NIL.cast_mut().cast();
            };
            let table = table.object();
            if table.absent.get() & (1 << Event::Index as u32) != 0 {
                return NIL.cast_mut().cast();
            }
            let (index, index_hash) = INDEX_KEY;
            let words = (index.word(), index.short_bits());
            let handler = words_slot(table, table.node_mask.get(), words, index_hash);
            if handler.is_null() || slot::word(handler) != tag::TABLE {
                // Absence is noted by the general way, for the next time.
                return core::ptr::null_mut();
            }
            let table = &*slot::object::<TableObject<'r>>(handler);
            let found = words_slot(table, table.node_mask.get(), (word, bits), hash);
            if !found.is_null() && slot::word(found) != tag::NIL {
                return found;
            }
            if table.is_flooded() {
                return core::ptr::null_mut();
            }
            metatable = table.metatable.get();
        }
        core::ptr::null_mut()
    }
}

/// What `table` has for a long name, or what it inherits for it, if tables alone decide. `None`:
/// take the general way.
#[inline(never)]
pub(crate) fn long_field<'r>(mut table: Table<'r>, name: Value<'r>) -> Option<Value<'r>> {
    if !is_quick_key(name) {
        return None;
    }
    for _ in 0..CHAIN_MAX {
        let value = table.get_long(name);
        // What takes long to find is charged for by the general way.
        if table.object().is_flooded() {
            return None;
        }
        if !value.is_nil() {
            return Some(value);
        }
        let Some(metatable) = table.metatable() else {
            return Some(Value::NIL);
        };
        if metatable.object().absent.get() & (1 << Event::Index as u32) != 0 {
            return Some(Value::NIL);
        }
        let (index, index_hash) = INDEX_KEY;
        table = metatable.get_key(index, index_hash).as_table()?;
    }
    None
}

/// Sets `table[key]` if no metamethod is to be asked and the key is one that needs no conversion;
/// false if not, or if there is no room: take the general way.
#[inline(never)]
pub(crate) fn store<'r>(
    state: &State<'r>,
    table: Table<'r>,
    key: Value<'r>,
    value: Value<'r>,
) -> bool {
    if table.object().is_flooded() {
        return false;
    }
    if let Some(metatable) = table.metatable()
        && !lookup(metatable, Event::NewIndex).is_nil()
    {
        return false;
    }
    match key.tag() {
        tag::SHORT => table.set_short(&state.store, key, value).is_ok(),
        tag::INT => {
            let key = key.bits() as i64;
            table.raw_set_int(&state.store, key, value).is_ok()
        }
        tag::LONG if is_quick_key(key) => table.raw_set(&state.store, key, value).is_ok(),
        _ => false,
    }
}
