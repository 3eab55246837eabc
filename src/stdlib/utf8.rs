//! The `utf8` library, over the codec in `utf8_codec.rs`.
#![forbid(unsafe_code)]

use crate::error::Error;
use crate::memory::Buffer;
use crate::value::{FixedNative, Str, Table, Value, coerce};
use crate::vm::{Call, Reply, State, entry_of};

use super::utf8_codec::{self as codec, CODE_POINT_MAX, SEQUENCE_MAX};
use super::{Library, functions};

pub(super) static LIBRARY: Library = Library {
    name: "utf8",
    functions: &FUNCTIONS,
    constant_count: 1,
    finish: Some(finish),
};

functions! {
    7:
    "char" => char,
    "codepoint" => codepoint,
    "codes" => codes,
    "len" => len,
    "offset" => offset,
}

/// Matches one character, in a string that is well formed.
const CHAR_PATTERN: &[u8] = b"[\0-\x7F\xC2-\xFD][\x80-\xBF]*";
const INVALID: &[u8] = b"invalid UTF-8 code";

/// The iterators of `codes`.
static STRICT: FixedNative = FixedNative::new(7, "(for codes)", entry_of(next_strict));
static LAX: FixedNative = FixedNative::new(7, "(for lax codes)", entry_of(next_lax));

fn finish<'r>(state: &State<'r>, table: Table<'r>) -> Result<(), Error<'r>> {
    let pattern = state.str(CHAR_PATTERN)?.to_value();
    table.raw_set_str(&state.store, Str::literal("charpattern"), pattern)?;
    Ok(())
}

/// A position counted from 1, negative ones from the end; 0 where that is before the start.
fn position(given: i64, len: usize) -> i64 {
    if given >= 0 {
        given
    } else {
        (len as i64).saturating_add(given).saturating_add(1).max(0)
    }
}

fn len<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let text = call.string(1)?;
    let first = position(call.int_or(2, 1)?, text.len());
    let last = position(call.int_or(3, -1)?, text.len());
    let strict = call.arg(4).is_falsy();
    if first < 1 || first - 1 > text.len() as i64 {
        return Err(call.arg_error(2, b"initial position out of bounds"));
    }
    if last > text.len() as i64 {
        return Err(call.arg_error(3, b"final position out of bounds"));
    }
    call.state.charge_bytes(text.len())?;
    match codec::count(text.as_bytes(), first as usize - 1, last as usize, strict) {
        Ok(count) => call.one(Value::int(count as i64)),
        Err(at) => call.two(Value::NIL, Value::int(at as i64 + 1)),
    }
}

fn codepoint<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let text = call.string(1)?;
    let first = position(call.int_or(2, 1)?, text.len());
    let last = position(call.int_or(3, first)?, text.len());
    let strict = call.arg(4).is_falsy();
    if first < 1 {
        return Err(call.arg_error(2, b"out of bounds"));
    }
    if last > text.len() as i64 {
        return Err(call.arg_error(3, b"out of bounds"));
    }
    if first > last {
        return call.none();
    }
    if last - first >= i64::from(i32::MAX) {
        return Err(call.error(b"string slice too long"));
    }
    if !call.has_room((last - first) as usize + 1)? {
        return Err(call.error(b"stack overflow (string slice too long)"));
    }
    call.state.charge_bytes(text.len())?;
    let (mut at, mut count) = (first as usize - 1, 0);
    while at < last as usize {
        let rest = text.as_bytes().get(at..).unwrap_or_default();
        let Some((code, length)) = codec::decode(rest, strict) else {
            return Err(call.error(INVALID));
        };
        call.stage(count, Value::int(code.into()))?;
        count += 1;
        at += length;
    }
    call.staged(count)
}

fn char<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let mut buffer = [0; SEQUENCE_MAX];
    let code = |position| {
        let code = u32::try_from(call.int(position)?).ok();
        code.filter(|code| *code <= CODE_POINT_MAX)
            .ok_or_else(|| call.arg_error(position, b"value out of range"))
    };
    if call.count == 1 {
        return call.one(call.str(codec::encode(code(1)?, &mut buffer))?);
    }
    let mut text = Buffer::new_in(&call.state.store.heap);
    for position in 1..=call.count {
        text.extend(codec::encode(code(position)?, &mut buffer))?;
    }
    call.one(call.str(&text)?)
}

fn offset<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let text = call.string(1)?;
    let nth = call.int(2)?;
    let default = if nth >= 0 { 1 } else { text.len() as i64 + 1 };
    let start = position(call.int_or(3, default)?, text.len());
    if start < 1 || start - 1 > text.len() as i64 {
        return Err(call.arg_error(3, b"position out of bounds"));
    }
    call.state.charge_bytes(text.len())?;
    match codec::offset(text.as_bytes(), nth, start as usize - 1) {
        Ok(Some(at)) => call.one(Value::int(at as i64 + 1)),
        Ok(None) => call.one(Value::NIL),
        Err(codec::StartsInside) => Err(call.error(b"initial position is a continuation byte")),
    }
}

fn codes<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let text = call.string(1)?;
    let first = text.as_bytes().first();
    if first.is_some_and(|byte| codec::is_continuation(*byte)) {
        return Err(call.arg_error(1, INVALID));
    }
    let iterator = if call.arg(2).is_falsy() {
        &STRICT
    } else {
        &LAX
    };
    call.values(&[iterator.native().to_value(), text.to_value(), Value::int(0)])
}

fn next_strict<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    next(call, true)
}

fn next_lax<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    next(call, false)
}

/// The character after the one at the position that the second argument gives.
fn next<'r>(call: &Call<'r>, strict: bool) -> Result<Reply, Error<'r>> {
    let text = call.string(1)?;
    let bytes = text.as_bytes();
    let is_continuation = |at: usize| {
        let byte = bytes.get(at);
        byte.is_some_and(|byte| codec::is_continuation(*byte))
    };
    // A negative position is beyond every end.
    call.state.charge_text(call.arg(2))?;
    let before = coerce::text_to_int(call.arg(2)).unwrap_or(0) as u64;
    let mut at = usize::try_from(before).unwrap_or(usize::MAX);
    let first = at;
    while is_continuation(at) {
        at += 1;
    }
    call.state.charge_bytes(at - first)?;
    let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) else {
        return call.none();
    };
    match codec::decode(rest, strict) {
        Some((code, length)) if !is_continuation(at + length) => {
            call.two(Value::int(at as i64 + 1), Value::int(code.into()))
        }
        _ => Err(call.error(INVALID)),
    }
}
