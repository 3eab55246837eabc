//! `string.pack`, `unpack` and `packsize`: values in and out of the layouts of `pack.rs`.
#![forbid(unsafe_code)]

use crate::error::Error;
use crate::memory::Buffer;
use crate::value::Value;
use crate::vm::{Call, Reply};

use super::pack::{
    self, Field, INTEGER_BYTES_MAX, Kind, MESSAGE_MAX, Options, PackError, SIZE_MAX,
};
use super::string::start_position;

/// What fills the room that alignment and fixed sizes leave.
const PADDING: u8 = 0;

/// The error of a script for a malformed format or a value that does not fit.
#[cold]
fn failure<'r>(call: &Call<'r>, position: usize, error: PackError) -> Error<'r> {
    let mut buffer = [0; MESSAGE_MAX];
    let message = error.message(&mut buffer);
    if error.is_argument() {
        call.arg_error(position, message)
    } else {
        call.error(message)
    }
}

pub(super) fn pack<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let layout = call.string(1)?;
    let mut options = Options::new(layout.as_bytes());
    let mut result = Buffer::new_in(&call.state.store.heap);
    let mut position = 1;
    loop {
        let field = options.next_field(result.len());
        let Some(field) = field.map_err(|error| failure(call, 1, error))? else {
            break;
        };
        call.charge(1)?;
        result.extend_with(field.padding, PADDING)?;
        match field.kind {
            Kind::Padding => result.push(PADDING)?,
            Kind::Alignment | Kind::Nothing => {}
            _ => {
                position += 1;
                pack_value(call, &field, position, &mut result)?;
            }
        }
    }
    call.state.charge_bytes(result.len())?;
    call.one(call.str(&result)?)
}

/// Appends the argument at `position`.
fn pack_value<'r>(
    call: &Call<'r>,
    field: &Field,
    position: usize,
    result: &mut Buffer<'r>,
) -> Result<(), Error<'r>> {
    if !call.has(position) {
        // PUC Lua has put a nil behind the arguments by then, and says so.
        let message: &[u8] = match field.kind {
            Kind::Signed | Kind::Unsigned | Kind::Single | Kind::Double => {
                b"number expected, got nil"
            }
            _ => b"string expected, got nil",
        };
        return Err(call.arg_error(position, message));
    }
    let mut bytes = [0; INTEGER_BYTES_MAX];
    match field.kind {
        Kind::Signed | Kind::Unsigned => {
            let int = call.int(position)?;
            pack::check_integer(field, int).map_err(|error| failure(call, position, error))?;
            result.extend(pack::encode_integer(field, int, &mut bytes))?;
        }
        Kind::Single | Kind::Double => {
            let float = call.float(position)?;
            result.extend(pack::encode_float(field, float, &mut bytes))?;
        }
        Kind::Fixed => {
            let text = call.string(position)?;
            let Some(rest) = field.size.checked_sub(text.len()) else {
                return Err(call.arg_error(position, b"string longer than given size"));
            };
            result.extend(text.as_bytes())?;
            call.state.charge_bytes(rest)?;
            result.extend_with(rest, PADDING)?;
        }
        Kind::Prefixed => {
            let text = call.string(position)?;
            call.state.charge_bytes(text.len())?;
            if !pack::length_fits(field, text.len()) {
                let message = b"string length does not fit in given size";
                return Err(call.arg_error(position, message));
            }
            let len = text.len() as i64;
            result.extend(pack::encode_integer(field, len, &mut bytes))?;
            result.extend(text.as_bytes())?;
        }
        _ => {
            let text = call.string(position)?;
            call.state.charge_bytes(text.len())?;
            if text.as_bytes().contains(&0) {
                return Err(call.arg_error(position, b"string contains zeros"));
            }
            result.extend(text.as_bytes())?;
            result.push(0)?;
        }
    }
    Ok(())
}

pub(super) fn packsize<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let layout = call.string(1)?;
    call.state.charge_bytes(layout.len())?;
    let mut options = Options::new(layout.as_bytes());
    let mut total = 0usize;
    while let Some(field) = options
        .next_field(total)
        .map_err(|error| failure(call, 1, error))?
    {
        if matches!(field.kind, Kind::Prefixed | Kind::ZeroEnded) {
            return Err(call.arg_error(1, b"variable-length format"));
        }
        let size = field.padding + field.size;
        if total > SIZE_MAX.saturating_sub(size) {
            return Err(call.arg_error(1, b"format result too large"));
        }
        total += size;
    }
    call.one(Value::int(total as i64))
}

pub(super) fn unpack<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let layout = call.string(1)?;
    let data = call.string(2)?;
    let mut at = start_position(call.int_or(3, 1)?, data.len()) - 1;
    if at > data.len() {
        return Err(call.arg_error(3, b"initial position out of string"));
    }
    let mut options = Options::new(layout.as_bytes());
    let mut count = 0;
    loop {
        let field = options.next_field(at);
        let Some(field) = field.map_err(|error| failure(call, 1, error))? else {
            break;
        };
        call.charge(1)?;
        let rest = data.as_bytes().get(at..).unwrap_or_default();
        let Some(rest) = rest
            .get(field.padding..)
            .filter(|rest| rest.len() >= field.size)
        else {
            return Err(call.arg_error(2, b"data string too short"));
        };
        let (value, used) = unpack_value(call, &field, rest)?;
        at += field.padding + used;
        if let Some(value) = value {
            call.stage(count, value)?;
            count += 1;
        }
    }
    call.stage(count, Value::int(at as i64 + 1))?;
    call.staged(count + 1)
}

/// The value at the start of `rest`, which holds at least the field's size, and its bytes.
fn unpack_value<'r>(
    call: &Call<'r>,
    field: &Field,
    rest: &[u8],
) -> Result<(Option<Value<'r>>, usize), Error<'r>> {
    let (own, behind) = rest.split_at(field.size.min(rest.len()));
    let integer = || {
        let int = pack::decode_integer(field, own);
        int.map_err(|error| failure(call, 2, error))
    };
    let mut used = field.size;
    let value = match field.kind {
        Kind::Signed | Kind::Unsigned => Some(Value::int(integer()?)),
        Kind::Single | Kind::Double => Some(Value::float(pack::decode_float(field, own))),
        Kind::Fixed => {
            call.state.charge_bytes(own.len())?;
            Some(call.str(own)?)
        }
        Kind::Prefixed => {
            let len = usize::try_from(integer()? as u64).unwrap_or(usize::MAX);
            let Some(text) = behind.get(..len) else {
                return Err(call.arg_error(2, b"data string too short"));
            };
            used += len;
            call.state.charge_bytes(len)?;
            Some(call.str(text)?)
        }
        Kind::ZeroEnded => {
            let found = memchr::memchr(0, rest);
            call.state.charge_bytes(found.unwrap_or(rest.len()))?;
            let Some(len) = found else {
                return Err(call.arg_error(2, b"unfinished string for format 'z'"));
            };
            used = len + 1;
            Some(call.str(rest.get(..len).unwrap_or_default())?)
        }
        Kind::Padding | Kind::Alignment | Kind::Nothing => None,
    };
    Ok((value, used))
}
