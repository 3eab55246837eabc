//! `string.format`: arguments as values, written by the engine in `format.rs`.
#![forbid(unsafe_code)]

use crate::error::Error;
use crate::memory::{AllocError, Buffer};
use crate::value::{Unpacked, Value};
use crate::vm::{Call, Reply, identity_of};

use super::format::{self, Conversion, FormatError, MESSAGE_MAX, Piece, Scanner, Sink, Spec};
use super::format_float::float as format_float;

impl Sink for Buffer<'_> {
    #[inline]
    fn push(&mut self, bytes: &[u8]) -> Result<(), AllocError> {
        self.extend(bytes)
    }
}

pub(super) fn format<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let template = call.string(1)?;
    call.state.charge_bytes(template.len())?;
    let mut scanner = Scanner::new(template.as_bytes());
    let mut result = Buffer::new_in(&call.state.store.heap);
    let mut position = 1;
    while let Some(piece) = scanner.next_piece() {
        if let Piece::Text(text) = piece {
            result.extend(text)?;
            continue;
        }
        position += 1;
        if !call.has(position) {
            return Err(call.arg_error(position, b"no value"));
        }
        call.charge(1)?;
        let spec = scanner
            .spec()
            .map_err(|error| failure(call, position, error))?;
        write(call, &spec, position, &mut result)?;
    }
    call.state.charge_bytes(result.len())?;
    call.one(call.str(&result)?)
}

/// Writes the argument at `position` as `spec` says.
fn write<'r>(
    call: &Call<'r>,
    spec: &Spec,
    position: usize,
    result: &mut Buffer<'r>,
) -> Result<(), Error<'r>> {
    let refuse = |error| failure(call, position, error);
    let layout = || spec.layout().map_err(refuse);
    match spec.conversion().map_err(refuse)? {
        Conversion::Char => {
            let layout = layout()?;
            format::char(&layout, call.int(position)?, result)?;
        }
        Conversion::Integer => {
            let int = call.int(position)?;
            format::integer(spec.letter(), &layout()?, int, result)?;
        }
        Conversion::Float if matches!(spec.letter(), b'a' | b'A') => {
            let layout = layout()?;
            format_float(spec.letter(), &layout, call.float(position)?, result)?;
        }
        Conversion::Float => {
            let float = call.float(position)?;
            format_float(spec.letter(), &layout()?, float, result)?;
        }
        Conversion::Pointer => {
            let identity = identity_of(call.arg(position));
            format::pointer(&layout()?, identity, result)?;
        }
        Conversion::Quoted => quote(call, position, result)?,
        Conversion::Text => {
            let text = call.to_text(call.arg(position))?;
            // What was written is paid for even if an error is all that comes of it.
            call.state.charge_bytes(text.len())?;
            format::text(spec, text.as_bytes(), result).map_err(refuse)?;
        }
    }
    Ok(())
}

/// Writes an argument as Lua reads it back.
fn quote<'r>(call: &Call<'r>, position: usize, result: &mut Buffer<'r>) -> Result<(), Error<'r>> {
    let value: Value<'r> = call.arg(position);
    match value.unpack() {
        Unpacked::Str(text) => {
            call.state.charge_bytes(text.len())?;
            format::quoted_text(text.as_bytes(), result)?;
        }
        Unpacked::Int(int) => format::quoted_integer(int, result)?,
        Unpacked::Float(float) => format::quoted_float(float, result)?,
        Unpacked::Nil | Unpacked::Bool(_) => {
            result.extend(call.state.plain_text(value)?.as_bytes())?;
        }
        _ => return Err(call.arg_error(position, b"value has no literal form")),
    }
    Ok(())
}

#[cold]
fn failure<'r>(call: &Call<'r>, position: usize, error: FormatError) -> Error<'r> {
    let mut buffer = [0; MESSAGE_MAX];
    match error {
        FormatError::Memory(error) => error.into(),
        FormatError::TextWithZeros => call.arg_error(position, error.message(&mut buffer)),
        error => call.error(error.message(&mut buffer)),
    }
}
