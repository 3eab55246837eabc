//! The methods of files.
#![forbid(unsafe_code)]

use std::io::{self, SeekFrom};

use crate::error::{Error, ErrorKind};
use crate::memory::Buffer;
use crate::value::{FixedNative, Value};
use crate::vm::{Buffering, Call, OpenFile, Reply, State, entry_of};

use super::io::{
    Stream, any_file, bad_descriptor, ended, failed, file_arg, make_lines, outcome, stream_of,
    take_file, with_file,
};
use super::io_read::{self, FileInput, Input, ReadError, Source};

/// The methods of files.
pub(super) static METHODS: [FixedNative; 7] = [
    FixedNative::new(9, "close", entry_of(close)),
    FixedNative::new(9, "flush", entry_of(flush)),
    FixedNative::new(9, "lines", entry_of(lines)),
    FixedNative::new(9, "read", entry_of(read)),
    FixedNative::new(9, "seek", entry_of(seek)),
    FixedNative::new(9, "setvbuf", entry_of(setvbuf)),
    FixedNative::new(9, "write", entry_of(write)),
];

/// What else the metatable of files holds.
pub(super) static METAMETHODS: [FixedNative; 3] = [
    FixedNative::new(9, "__gc", entry_of(collect)),
    FixedNative::new(9, "__close", entry_of(collect)),
    FixedNative::new(9, "__tostring", entry_of(to_string)),
];

/// The bytes of a buffer unless a script says so, as in PUC Lua.
const BUFFER_BYTES: i64 = 16 * 8 * 8;

fn to_string<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let file = any_file(call)?;
    if matches!(stream_of(file), Stream::Closed) {
        return call.one(call.str(b"file (closed)")?);
    }
    let mut text = Buffer::new_in(&call.state.store.heap);
    let plain = call.state.plain_text(call.arg(1))?;
    let identity = plain.as_bytes().rsplit(|byte| *byte == b' ').next();
    for part in [&b"file ("[..], identity.unwrap_or_default(), b")"] {
        text.extend(part)?;
    }
    call.one(call.str(&text)?)
}

/// Closes a file that nobody will use any more; the standard streams stay open.
fn collect<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let file = any_file(call)?;
    if let stream @ Stream::Open(_) = stream_of(file) {
        let _ = close_file(call, stream)?;
    }
    call.none()
}

pub(super) fn close<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (_, stream) = file_arg(call)?;
    close_file(call, stream)
}

/// Closes an open file; the results are those of the method.
pub(super) fn close_file<'r>(call: &Call<'r>, stream: Stream<'r>) -> Result<Reply, Error<'r>> {
    let Stream::Open(file) = stream else {
        return call.two(Value::NIL, call.str(b"cannot close standard file")?);
    };
    let Some(opened) = take_file(file) else {
        return call.one(Value::bool(true));
    };
    match opened.close() {
        Ok(None) => call.one(Value::bool(true)),
        Ok(Some(ending)) => ended(call, ending),
        Err(error) => failed(call, &error, None),
    }
}

/// The error of what has no positions: ESPIPE.
fn no_positions() -> io::Error {
    const ESPIPE: i32 = 29;
    io::Error::from_raw_os_error(ESPIPE)
}

fn flush<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (_, stream) = file_arg(call)?;
    flush_stream(call, stream)
}

pub(super) fn flush_stream<'r>(call: &Call<'r>, stream: Stream<'r>) -> Result<Reply, Error<'r>> {
    let state = call.state;
    let result = match stream {
        Stream::Stdout => state.streams.flush_out(),
        Stream::Open(file) => with_file(file, OpenFile::flush).flatten(),
        _ => Ok(()),
    };
    outcome(call, result, None)
}

/// The host's streams decide how they buffer themselves.
fn setvbuf<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (_, stream) = file_arg(call)?;
    let mode = call.option(2, None, &["no", "full", "line"])?;
    let bytes = call.int_or(3, BUFFER_BYTES)?;
    let buffering = [Buffering::None, Buffering::Full, Buffering::Line][mode];
    let result = match stream {
        Stream::Open(file) => {
            let bytes = usize::try_from(bytes).unwrap_or(0);
            with_file(file, |file| file.set_buffering(buffering, bytes)).flatten()
        }
        _ => Ok(()),
    };
    outcome(call, result, None)
}

fn seek<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    const EINVAL: i32 = 22;
    let (_, stream) = file_arg(call)?;
    let whence = call.option(2, Some("cur"), &["set", "cur", "end"])?;
    let offset = call.int_or(3, 0)?;
    let to = match (whence, u64::try_from(offset)) {
        (0, Ok(position)) => Ok(SeekFrom::Start(position)),
        (0, Err(_)) => Err(io::Error::from_raw_os_error(EINVAL)),
        (1, _) => Ok(SeekFrom::Current(offset)),
        _ => Ok(SeekFrom::End(offset)),
    };
    let result = match (stream, to) {
        (_, Err(error)) => Err(error),
        (Stream::Open(file), Ok(to)) => with_file(file, |file| file.seek(to)).flatten(),
        _ => Err(no_positions()),
    };
    match result {
        Ok(position) => call.one(Value::int(position as i64)),
        Err(error) => failed(call, &error, None),
    }
}

fn write<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (_, stream) = file_arg(call)?;
    write_args(call, stream, call.arg(1), 2)
}

/// Writes the arguments from `first` on, and gives the file back.
pub(super) fn write_args<'r>(
    call: &Call<'r>,
    stream: Stream<'r>,
    file: Value<'r>,
    first: usize,
) -> Result<Reply, Error<'r>> {
    let mut result = Ok(());
    for position in first..=call.count {
        let text = call.string(position)?;
        let mut bytes = text.as_bytes();
        if call.arg(position).as_float().is_some() {
            // C's `%.14g` leaves whole numbers without a point.
            bytes = bytes.strip_suffix(b".0").unwrap_or(bytes);
        }
        if result.is_ok() {
            result = write_to(call.state, stream, bytes);
        }
        call.state.charge_bytes(bytes.len())?;
    }
    let is_standard = !matches!(stream, Stream::Open(_));
    match result {
        Ok(()) => call.one(file),
        // Nobody reads any more: a script has nothing left to do.
        Err(error) if is_standard && error.kind() == io::ErrorKind::BrokenPipe => {
            Err(Error::bare(ErrorKind::Exit))
        }
        Err(error) => failed(call, &error, None),
    }
}

fn write_to<'r>(state: &State<'r>, stream: Stream<'r>, bytes: &[u8]) -> io::Result<()> {
    match stream {
        Stream::Stdout => state.write_out(bytes),
        Stream::Stderr => state.streams.write_err(bytes),
        Stream::Open(file) => with_file(file, |file| file.write(bytes)).flatten(),
        _ => Err(bad_descriptor()),
    }
}

fn read<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (_, stream) = file_arg(call)?;
    read_args(call, stream, 2)
}

/// Reads what the formats from argument `first` on ask for.
pub(super) fn read_args<'r>(
    call: &Call<'r>,
    stream: Stream<'r>,
    first: usize,
) -> Result<Reply, Error<'r>> {
    let count = (call.count + 1).saturating_sub(first);
    let format = |index| call.arg(first + index);
    let result = with_source(call.state, stream, |source| {
        io_read::read_formats(call, source, count, format, first)
    });
    match result {
        Ok(count) => call.staged(count),
        Err(ReadError::Lua(error)) => Err(error),
        Err(ReadError::Io(error)) => failed(call, &error, None),
    }
}

/// Lets `body` read from a file.
pub(super) fn with_source<'r, R>(
    state: &'r State<'r>,
    stream: Stream<'r>,
    body: impl FnOnce(&mut dyn Source<'r>) -> Result<R, ReadError<'r>>,
) -> Result<R, ReadError<'r>> {
    match stream {
        Stream::Stdin => body(&mut Input::take(state)),
        Stream::Open(file) => {
            let result = with_file(file, |file| body(&mut FileInput::new(state, file)));
            result.unwrap_or_else(|error| Err(ReadError::Io(error)))
        }
        _ => Err(ReadError::Io(bad_descriptor())),
    }
}

fn lines<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (file, _) = file_arg(call)?;
    call.one(make_lines(call, file, false)?)
}
