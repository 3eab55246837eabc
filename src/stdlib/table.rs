//! The `table` library. Sorting is in `sort.rs`.
#![forbid(unsafe_code)]
//!
//! - **T1** A table without metatable is read and written raw; anything else goes through
//!   metamethods, as in PUC Lua, and need not be a table at all.

use crate::error::Error;
use crate::memory::Buffer;
use crate::value::{Str, Table, Value};
use crate::vm::{Call, Event, Reply, State};

use super::{Library, functions, sort};

pub(super) static LIBRARY: Library = Library {
    name: "table",
    functions: &FUNCTIONS,
    constant_count: 0,
    finish: None,
};

functions! {
    4:
    "concat" => concat,
    "insert" => insert,
    "move" => move_items,
    "pack" => pack,
    "remove" => remove,
    "sort" => sort::sort,
    "unpack" => unpack,
}

/// The most results that `unpack` tries, as C's `int` bounds it.
const RESULTS_MAX: u64 = i32::MAX as u64;

/// What a function does with an argument that acts as a list.
#[derive(Clone, Copy)]
pub(super) struct Uses(u8);

impl Uses {
    pub(super) const READ: Self = Self(1);
    pub(super) const WRITE: Self = Self(2);
    pub(super) const READ_WRITE: Self = Self(3);
    pub(super) const READ_LEN: Self = Self(5);
    pub(super) const READ_WRITE_LEN: Self = Self(7);

    fn needed(self) -> impl Iterator<Item = Event> {
        let all = [(1, Event::Index), (2, Event::NewIndex), (4, Event::Len)];
        all.into_iter()
            .filter(move |(bit, _)| self.0 & bit != 0)
            .map(|(_, event)| event)
    }
}

/// An argument that acts as a list.
#[derive(Clone, Copy)]
pub(super) struct List<'c, 'r> {
    state: &'c State<'r>,
    value: Value<'r>,
    /// The table, if no metamethod can interfere (T1).
    raw: Option<Table<'r>>,
}

impl<'c, 'r> List<'c, 'r> {
    /// The argument at `position`, if it can be used so.
    ///
    /// # Errors
    /// It is no table and lacks a metamethod.
    #[inline]
    pub(super) fn arg(call: &'c Call<'r>, position: usize, uses: Uses) -> Result<Self, Error<'r>> {
        let value = call.arg(position);
        let state = call.state;
        let raw = match value.as_table() {
            Some(table) => Some(table).filter(|table| table.metatable().is_none()),
            None => {
                let lacks = |event| state.metamethod(value, event).is_nil();
                if state.metatable_of(value).is_none() || uses.needed().any(lacks) {
                    return Err(call.type_error(position, "table"));
                }
                None
            }
        };
        Ok(Self { state, value, raw })
    }

    /// The table, if no metamethod can interfere.
    pub(super) fn raw(&self) -> Option<Table<'r>> {
        self.raw
    }

    #[inline]
    pub(super) fn len(&self) -> Result<i64, Error<'r>> {
        match self.raw {
            Some(table) => Ok(table.raw_len()),
            None => self.state.len(self.value),
        }
    }

    #[inline]
    pub(super) fn get(&self, index: i64) -> Result<Value<'r>, Error<'r>> {
        match self.raw {
            Some(table) => Ok(table.raw_get_int(index)),
            None => self.state.index(self.value, Value::int(index)),
        }
    }

    #[inline]
    pub(super) fn set(&self, index: i64, value: Value<'r>) -> Result<(), Error<'r>> {
        match self.raw {
            Some(table) => Ok(table.raw_set_int(&self.state.store, index, value)?),
            None => self.state.set_index(self.value, Value::int(index), value),
        }
    }
}

/// Charges for `count` items of a loop, of which each is cheap.
fn charge_items<'r>(call: &Call<'r>, count: u64) -> Result<(), Error<'r>> {
    if count < 16 {
        Ok(())
    } else {
        call.charge(count / 16)
    }
}

fn insert<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let list = List::arg(call, 1, Uses::READ_WRITE_LEN)?;
    let end = list.len()?.wrapping_add(1);
    let (position, value) = match call.count {
        2 => (end, call.arg(2)),
        3 => {
            let position = call.int(2)?;
            if (position as u64).wrapping_sub(1) >= end as u64 {
                return Err(call.arg_error(2, b"position out of bounds"));
            }
            shift_up(call, list, position, end)?;
            (position, call.arg(3))
        }
        _ => return Err(call.error(b"wrong number of arguments to 'insert'")),
    };
    list.set(position, value)?;
    call.none()
}

/// Moves the items from `position` to before `end` one up.
fn shift_up<'r>(
    call: &Call<'r>,
    list: List<'_, 'r>,
    position: i64,
    end: i64,
) -> Result<(), Error<'r>> {
    let mut index = end;
    while index > position {
        // A slice at a time, so that a long list can be interrupted.
        let stop = position.max(index.saturating_sub(1024));
        charge_items(call, index.wrapping_sub(stop) as u64)?;
        while index > stop {
            list.set(index, list.get(index - 1)?)?;
            index -= 1;
        }
    }
    Ok(())
}

fn remove<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let list = List::arg(call, 1, Uses::READ_WRITE_LEN)?;
    let size = list.len()?;
    let mut position = call.int_or(2, size)?;
    if position != size && (position as u64).wrapping_sub(1) > size as u64 {
        return Err(call.arg_error(2, b"position out of bounds"));
    }
    let removed = list.get(position)?;
    while position < size {
        let stop = size.min(position.saturating_add(1024));
        charge_items(call, stop.wrapping_sub(position) as u64)?;
        while position < stop {
            list.set(position, list.get(position + 1)?)?;
            position += 1;
        }
    }
    list.set(position, Value::NIL)?;
    call.one(removed)
}

fn move_items<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (first, last, target) = (call.int(2)?, call.int(3)?, call.int(4)?);
    let to_position = if call.arg(5).is_nil() { 1 } else { 5 };
    let from = List::arg(call, 1, Uses::READ)?;
    let to = List::arg(call, to_position, Uses::WRITE)?;
    if last >= first {
        if first <= 0 && last >= i64::MAX.wrapping_add(first) {
            return Err(call.arg_error(3, b"too many elements to move"));
        }
        let count = last - first + 1;
        if target > i64::MAX - count + 1 {
            return Err(call.arg_error(4, b"destination wrap around"));
        }
        let is_apart = target > last || target <= first;
        let forward =
            is_apart || (to_position != 1 && !call.state.equals(call.arg(1), call.arg(5))?);
        for step in 0..count {
            if step % 16 == 0 {
                call.charge(1)?;
            }
            let offset = if forward { step } else { count - 1 - step };
            to.set(target + offset, from.get(first + offset)?)?;
        }
    }
    call.one(call.arg(to_position))
}

fn pack<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let table = call.table(call.count, 1)?;
    let store = &call.state.store;
    for position in 1..=call.count {
        table.raw_set_int(store, position as i64, call.arg(position))?;
    }
    let count = Value::int(call.count as i64);
    table.raw_set_str(store, Str::literal("n"), count)?;
    call.one(table.to_value())
}

fn unpack<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let value = call.arg(1);
    let first = call.int_or(2, 1)?;
    let last = if call.arg(3).is_nil() {
        call.state.len(value)?
    } else {
        call.int(3)?
    };
    if first > last {
        return call.none();
    }
    let count = (last as u64).wrapping_sub(first as u64);
    if count >= RESULTS_MAX || !call.has_room(count as usize + 1)? {
        return Err(call.error(b"too many results to unpack"));
    }
    let count = count as usize + 1;
    charge_items(call, count as u64)?;
    let raw = value.as_table().filter(|table| table.metatable().is_none());
    if let Some(table) = raw {
        return call.generate(count, |index| table.raw_get_int(first + index as i64));
    }
    // Metamethods use the stack above the arguments, so the results wait elsewhere.
    let mut results = Buffer::new_in(&call.state.store.heap);
    results.reserve(count)?;
    for index in 0..count as i64 {
        results.push(call.state.index(value, Value::int(first + index))?)?;
    }
    call.values(&results)
}

fn concat<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let list = List::arg(call, 1, Uses::READ_LEN)?;
    let len = list.len()?;
    let separator = call.string_opt(2)?.unwrap_or(Str::literal(""));
    let first = call.int_or(3, 1)?;
    let last = call.int_or(4, len)?;
    if first > last {
        return call.one(Str::literal("").to_value());
    }
    if let Some(table) = list.raw()
        && let Some(joined) = concat_strings(call, table, separator, first, last)?
    {
        return call.one(joined);
    }
    let mut text = Buffer::new_in(&call.state.store.heap);
    let mut index = first;
    loop {
        let value = list.get(index)?;
        match value.as_str() {
            Some(item) => {
                // Paid for even if an error is all that comes of it.
                call.state.charge_bytes(item.len())?;
                text.extend(item.as_bytes())?;
            }
            None if value.is_number() => {
                text.extend(call.state.number_text(value)?.as_bytes())?;
            }
            None => return Err(invalid_item(call, value, index)),
        }
        call.charge(1)?;
        if index == last {
            break;
        }
        call.state.charge_bytes(separator.len())?;
        text.extend(separator.as_bytes())?;
        index += 1;
    }
    call.state.charge_bytes(text.len())?;
    call.one(call.str(&text)?)
}

/// Joins items that are all strings, measuring them first; none if one is not.
fn concat_strings<'r>(
    call: &Call<'r>,
    table: Table<'r>,
    separator: Str<'r>,
    first: i64,
    last: i64,
) -> Result<Option<Value<'r>>, Error<'r>> {
    let mut len = 0usize;
    for index in first..=last {
        let Some(item) = table.raw_get_int(index).as_str() else {
            return Ok(None);
        };
        let separator_len = if index < last { separator.len() } else { 0 };
        len = len.saturating_add(item.len()).saturating_add(separator_len);
        if (index & 0xFFF) == 0 {
            charge_items(call, 0x1000)?;
        }
    }
    call.state.charge_bytes(len)?;
    let joined = Str::fill(&call.state.store, len, |text| {
        for index in first..=last {
            let Some(item) = table.raw_get_int(index).as_str() else {
                return;
            };
            text.push(item);
            if index < last && !separator.is_empty() {
                text.push(separator);
            }
        }
    })?;
    Ok(Some(joined.to_value()))
}

#[cold]
fn invalid_item<'r>(call: &Call<'r>, value: Value<'r>, index: i64) -> Error<'r> {
    call.error_parts(&[
        b"invalid value (",
        value.type_name().as_bytes(),
        b") at index ",
        itoa::Buffer::new().format(index).as_bytes(),
        b" in table for 'concat'",
    ])
}
