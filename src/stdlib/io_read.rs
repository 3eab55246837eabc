//! Reading by format: lines, numbers, counts of bytes, all there is.
#![forbid(unsafe_code)]

use std::io;

use crate::error::Error;
use crate::memory::{AllocError, Buffer};
use crate::value::numeral::{self, Numeral};
use crate::value::{Str, Value};
use crate::vm::{Call, OpenFile, State};

/// How much of standard input is read at a time.
const READ_BYTES: usize = 8 << 10;
/// The longest numeral, as in PUC Lua.
const NUMERAL_MAX: usize = 200;

/// Why reading failed: at the script's side, or at the system's.
pub(super) enum ReadError<'r> {
    Lua(Error<'r>),
    Io(io::Error),
}

impl<'r> From<Error<'r>> for ReadError<'r> {
    fn from(error: Error<'r>) -> Self {
        Self::Lua(error)
    }
}

impl From<AllocError> for ReadError<'_> {
    fn from(error: AllocError) -> Self {
        Self::Lua(error.into())
    }
}

/// Bytes that come piece by piece.
pub(super) trait Source<'r> {
    /// What can be had now without waiting, after waiting for at least a byte; empty at the end.
    fn available(&mut self) -> Result<&[u8], ReadError<'r>>;
    /// Goes on behind the first `count` bytes of what was available.
    fn consume(&mut self, count: usize);
}

/// Standard input, with what was read ahead of it; that goes back to the state when dropped.
pub(super) struct Input<'r> {
    state: &'r State<'r>,
    buffer: Buffer<'r>,
    used: usize,
}

impl<'r> Input<'r> {
    /// Takes what was read ahead out of the state.
    pub(super) fn take(state: &'r State<'r>) -> Self {
        Self {
            state,
            buffer: Buffer::unpark(&state.store.heap, state.input.take()),
            used: state.input_used.get(),
        }
    }
}

impl Drop for Input<'_> {
    fn drop(&mut self) {
        let empty = Buffer::new_in(&self.state.store.heap);
        let buffer = core::mem::replace(&mut self.buffer, empty);
        self.state.input.set(buffer.park());
        self.state.input_used.set(self.used);
    }
}

impl<'r> Source<'r> for Input<'r> {
    fn available(&mut self) -> Result<&[u8], ReadError<'r>> {
        while self.used >= self.buffer.len() {
            self.buffer.truncate(0);
            self.used = 0;
            let part = self.buffer.extend_with(READ_BYTES, 0)?;
            let result = self.state.streams.read_in(part);
            let count = *result.as_ref().unwrap_or(&0);
            self.buffer.truncate(count.min(READ_BYTES));
            match result {
                Ok(0) => break,
                Ok(count) => self.state.charge_bytes(count)?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ReadError::Io(error)),
            }
        }
        Ok(self.buffer.get(self.used..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.used += count;
    }
}

/// An open file of the execution.
pub(super) struct FileInput<'a, 'r> {
    state: &'r State<'r>,
    file: &'a mut OpenFile,
    /// Bytes that were seen without being paid for.
    unpaid: usize,
}

impl<'a, 'r> FileInput<'a, 'r> {
    /// What `file` holds from its position on.
    pub(super) fn new(state: &'r State<'r>, file: &'a mut OpenFile) -> Self {
        Self {
            state,
            file,
            unpaid: 0,
        }
    }
}

impl<'r> Source<'r> for FileInput<'_, 'r> {
    fn available(&mut self) -> Result<&[u8], ReadError<'r>> {
        let unpaid = core::mem::take(&mut self.unpaid);
        if unpaid > 0 {
            self.state.charge_bytes(unpaid)?;
        }
        self.file.available().map_err(ReadError::Io)
    }

    fn consume(&mut self, count: usize) {
        self.unpaid += count;
        self.file.consume(count);
    }
}

/// Reads what `count` formats ask for, a line without any, and stages the results; stops behind
/// the first that is nil. Formats are named from argument `first` on in messages.
pub(super) fn read_formats<'r>(
    call: &Call<'r>,
    source: &mut dyn Source<'r>,
    count: usize,
    format: impl Fn(usize) -> Value<'r>,
    first: usize,
) -> Result<usize, ReadError<'r>> {
    if count == 0 {
        let line = read_line(call, source, false)?;
        call.stage(0, line.unwrap_or_default())?;
        return Ok(1);
    }
    for index in 0..count {
        let value = read_format(call, source, format(index), first + index)?;
        call.stage(index, value.unwrap_or_default())?;
        if value.is_none() {
            return Ok(index + 1);
        }
    }
    Ok(count)
}

fn read_format<'r>(
    call: &Call<'r>,
    source: &mut dyn Source<'r>,
    format: Value<'r>,
    position: usize,
) -> Result<Option<Value<'r>>, ReadError<'r>> {
    if format.is_number() {
        let Some(count) = crate::value::coerce::to_int(format) else {
            let message = b"number has no integer representation";
            return Err(call.arg_error(position, message).into());
        };
        return read_count(call, source, count as u64);
    }
    let Some(name) = format.as_str() else {
        return Err(call.type_error(position, "string").into());
    };
    let name = name.as_bytes();
    let letter = name.strip_prefix(b"*").unwrap_or(name).first();
    match letter {
        Some(b'n') => read_number(source),
        Some(b'l') => read_line(call, source, false),
        Some(b'L') => read_line(call, source, true),
        Some(b'a') => read_all(call, source).map(Some),
        _ => Err(call.arg_error(position, b"invalid format").into()),
    }
}

/// A line, with its end or without; none at the end of input.
fn read_line<'r>(
    call: &Call<'r>,
    source: &mut dyn Source<'r>,
    keeps_end: bool,
) -> Result<Option<Value<'r>>, ReadError<'r>> {
    let mut line = Buffer::new_in(&call.state.store.heap);
    loop {
        let available = source.available()?;
        if let Some(end) = memchr::memchr(b'\n', available) {
            let part = available.get(..end + usize::from(keeps_end));
            let part = part.unwrap_or_default();
            let text = if line.is_empty() {
                call.str(part)?
            } else {
                line.extend(part)?;
                call.str(&line)?
            };
            source.consume(end + 1);
            return Ok(Some(text));
        }
        if available.is_empty() {
            return Ok(if line.is_empty() {
                None
            } else {
                Some(call.str(&line)?)
            });
        }
        line.extend(available)?;
        let count = available.len();
        source.consume(count);
    }
}

/// All that is left; an empty string at the end of input.
fn read_all<'r>(call: &Call<'r>, source: &mut dyn Source<'r>) -> Result<Value<'r>, ReadError<'r>> {
    let mut text = Buffer::new_in(&call.state.store.heap);
    loop {
        let available = source.available()?;
        let count = available.len();
        if count == 0 {
            return Ok(call.str(&text)?);
        }
        text.extend(available)?;
        source.consume(count);
    }
}

/// Up to `count` bytes; none at the end of input.
fn read_count<'r>(
    call: &Call<'r>,
    source: &mut dyn Source<'r>,
    count: u64,
) -> Result<Option<Value<'r>>, ReadError<'r>> {
    let mut left = usize::try_from(count).unwrap_or(usize::MAX);
    if left == 0 {
        let is_more = !source.available()?.is_empty();
        return Ok(is_more.then(|| Str::literal("").to_value()));
    }
    let mut text = Buffer::new_in(&call.state.store.heap);
    while left > 0 {
        let available = source.available()?;
        let taken = available.len().min(left);
        if taken == 0 {
            break;
        }
        text.extend(available.get(..taken).unwrap_or_default())?;
        source.consume(taken);
        left -= taken;
    }
    Ok(if text.is_empty() {
        None
    } else {
        Some(call.str(&text)?)
    })
}

/// Takes the bytes of a numeral off a source, one by one.
struct NumeralReader<'s, 'r> {
    source: &'s mut dyn Source<'r>,
    text: [u8; NUMERAL_MAX],
    len: usize,
    /// The numeral is longer than any may be.
    is_too_long: bool,
}

impl<'r> NumeralReader<'_, 'r> {
    fn peek(&mut self) -> Result<Option<u8>, ReadError<'r>> {
        Ok(self.source.available()?.first().copied())
    }

    /// Takes the next byte if `accepts` it.
    fn take(&mut self, accepts: impl Fn(u8) -> bool) -> Result<bool, ReadError<'r>> {
        let Some(byte) = self.peek()?.filter(|byte| accepts(*byte)) else {
            return Ok(false);
        };
        match self.text.get_mut(self.len) {
            Some(slot) => {
                *slot = byte;
                self.len += 1;
                self.source.consume(1);
                Ok(true)
            }
            None => {
                self.is_too_long = true;
                Ok(false)
            }
        }
    }

    /// Takes digits; returns how many there were.
    fn digits(&mut self, is_hex: bool) -> Result<usize, ReadError<'r>> {
        let mut count = 0;
        let accepts = |byte: u8| {
            if is_hex {
                byte.is_ascii_hexdigit()
            } else {
                byte.is_ascii_digit()
            }
        };
        while self.take(accepts)? {
            count += 1;
        }
        Ok(count)
    }
}

/// The longest prefix that may be a numeral, if it is one. What was looked at is gone either way.
fn read_number<'r>(source: &mut dyn Source<'r>) -> Result<Option<Value<'r>>, ReadError<'r>> {
    loop {
        let available = source.available()?;
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
        let count = available.iter().take_while(|byte| is_space(byte)).count();
        let is_done = count < available.len() || available.is_empty();
        source.consume(count);
        if is_done {
            break;
        }
    }
    let mut reader = NumeralReader {
        source,
        text: [0; NUMERAL_MAX],
        len: 0,
        is_too_long: false,
    };
    let is_sign = |byte| matches!(byte, b'+' | b'-');
    reader.take(is_sign)?;
    let (mut count, mut is_hex) = (0, false);
    if reader.take(|byte| byte == b'0')? {
        is_hex = reader.take(|byte| matches!(byte, b'x' | b'X'))?;
        count = usize::from(!is_hex);
    }
    count += reader.digits(is_hex)?;
    if reader.take(|byte| byte == b'.')? {
        count += reader.digits(is_hex)?;
    }
    let is_mark = |byte| match is_hex {
        true => matches!(byte, b'p' | b'P'),
        false => matches!(byte, b'e' | b'E'),
    };
    if count > 0 && reader.take(is_mark)? {
        reader.take(is_sign)?;
        reader.digits(false)?;
    }
    if reader.is_too_long {
        return Ok(None);
    }
    let text = reader.text.get(..reader.len).unwrap_or_default();
    Ok(numeral::parse(text).map(|numeral| match numeral {
        Numeral::Int(int) => Value::int(int),
        Numeral::Float(float) => Value::float(float),
    }))
}
