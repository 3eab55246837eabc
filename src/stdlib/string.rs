//! The `string` library: its table, the metatable of strings, and the functions that need no
//! engine. Patterns, formats and binary layouts are in the files beside this one.
#![forbid(unsafe_code)]
//!
//! - **S1** A result whose size is known is written in its place; others grow in a buffer of the
//!   region first.

use crate::error::Error;
use crate::memory::Buffer;
use crate::value::{Str, Table, Value};
use crate::vm::{Call, Reply, State, TEXT_METAMETHODS};

use super::{Library, add_functions, dump, functions, string_format, string_match, string_pack};

pub(super) static LIBRARY: Library = Library {
    name: "string",
    functions: &FUNCTIONS,
    constant_count: 0,
    finish: Some(finish),
};

functions! {
    5:
    "byte" => byte,
    "char" => char,
    "dump" => dump::dump,
    "find" => string_match::find,
    "format" => string_format::format,
    "gmatch" => string_match::gmatch,
    "gsub" => string_match::gsub,
    "len" => len,
    "lower" => lower,
    "match" => string_match::match_,
    "pack" => string_pack::pack,
    "packsize" => string_pack::packsize,
    "rep" => rep,
    "reverse" => reverse,
    "sub" => sub,
    "unpack" => string_pack::unpack,
    "upper" => upper,
}

/// The longest string that `rep` makes, as C's `int` bounds it.
const REP_MAX: u128 = i32::MAX as u128;

fn finish<'r>(state: &State<'r>, table: Table<'r>) -> Result<(), Error<'r>> {
    let functions = &TEXT_METAMETHODS;
    let metatable = Table::new(&state.store, 0, functions.len() + 1)?;
    add_functions(state, functions, metatable)?;
    metatable.raw_set_str(&state.store, Str::literal("__index"), table.to_value())?;
    let of_strings = state.type_metatable(Str::literal("").to_value());
    of_strings.set(Some(metatable));
    Ok(())
}

/// Where a part of a string starts, counted from 1: a negative position counts from the end, and
/// none is before the start.
pub(super) fn start_position(position: i64, len: usize) -> usize {
    if position > 0 {
        usize::try_from(position).unwrap_or(usize::MAX)
    } else if position == 0 || position < -(len as i64) {
        1
    } else {
        len.wrapping_add_signed(position as isize) + 1
    }
}

/// Where a part of a string ends, counted from 1: a negative position counts from the end, and
/// none is after it.
fn end_position(position: i64, len: usize) -> usize {
    if position > len as i64 {
        len
    } else if position >= 0 {
        position as usize
    } else if position < -(len as i64) {
        0
    } else {
        len.wrapping_add_signed(position as isize) + 1
    }
}

fn len<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let text = call.string(1)?;
    call.one(Value::int(text.len() as i64))
}

fn sub<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let text = call.string(1)?;
    let start = start_position(call.int(2)?, text.len());
    let end = end_position(call.int_or(3, -1)?, text.len());
    let part = text.as_bytes().get(start - 1..end).unwrap_or_default();
    if part.len() == text.len() {
        return call.one(text.to_value());
    }
    call.state.charge_bytes(part.len())?;
    call.one(call.str(part)?)
}

fn reverse<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    convert(call, |to, from| {
        for (slot, byte) in to.iter_mut().zip(from.iter().rev()) {
            *slot = *byte;
        }
    })
}

fn lower<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    convert(call, |to, from| {
        for (slot, byte) in to.iter_mut().zip(from) {
            *slot = byte.to_ascii_lowercase();
        }
    })
}

fn upper<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    convert(call, |to, from| {
        for (slot, byte) in to.iter_mut().zip(from) {
            *slot = byte.to_ascii_uppercase();
        }
    })
}

/// A string as long as the argument, written by `write`.
fn convert<'r>(call: &Call<'r>, write: impl FnOnce(&mut [u8], &[u8])) -> Result<Reply, Error<'r>> {
    let text = call.string(1)?;
    call.state.charge_bytes(text.len())?;
    let from = text.as_bytes();
    let result = Str::build(&call.state.store, from.len(), |to| write(to, from))?;
    call.one(result.to_value())
}

fn rep<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let text = call.string(1)?;
    let count = call.int(2)?;
    let separator = call.string_opt(3)?.unwrap_or(Str::literal(""));
    if count <= 0 {
        return call.one(Str::literal("").to_value());
    }
    let unit = text.len() + separator.len();
    if unit as u128 * count as u128 > REP_MAX {
        return Err(call.error(b"resulting string too large"));
    }
    let len = unit * count as usize - separator.len();
    if len == text.len() {
        return call.one(text.to_value());
    }
    call.state.charge_bytes(len)?;
    let result = Str::build(&call.state.store, len, |to| {
        repeat(to, text.as_bytes(), separator.as_bytes());
    })?;
    call.one(result.to_value())
}

/// Fills `to` with `text` and `separator` in turn; what is there is doubled until it is full.
fn repeat(to: &mut [u8], text: &[u8], separator: &[u8]) {
    if let ([byte], []) = (text, separator) {
        return to.fill(*byte);
    }
    for (slot, byte) in to.iter_mut().zip(text.iter().chain(separator)) {
        *slot = *byte;
    }
    let mut done = (text.len() + separator.len()).max(1);
    while done < to.len() {
        let count = done.min(to.len() - done);
        to.copy_within(..count, done);
        done += count;
    }
}

fn byte<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let text = call.string(1)?;
    let first = call.int_or(2, 1)?;
    let start = start_position(first, text.len());
    let end = end_position(call.int_or(3, first)?, text.len());
    let part = text.as_bytes().get(start - 1..end).unwrap_or_default();
    let code = |byte: &u8| Value::int(i64::from(*byte));
    if let [byte] = part {
        return call.one(code(byte));
    }
    if part.len() >= i32::MAX as usize {
        return Err(call.error(b"string slice too long"));
    }
    if !call.has_room(part.len())? {
        return Err(call.error(b"stack overflow (string slice too long)"));
    }
    call.state.charge_bytes(part.len())?;
    call.generate(part.len(), |index| part.get(index).map_or(Value::NIL, code))
}

fn char<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let code = |position| match u8::try_from(call.int(position)?) {
        Ok(byte) => Ok(byte),
        Err(_) => Err(call.arg_error(position, b"value out of range")),
    };
    if call.count == 1 {
        return call.one(call.str(&[code(1)?])?);
    }
    let mut text = Buffer::new_in(&call.state.store.heap);
    for position in 1..=call.count {
        text.push(code(position)?)?;
    }
    call.state.charge_bytes(text.len())?;
    call.one(call.str(&text)?)
}
