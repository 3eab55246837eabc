//! The `io` library: the standard streams, and reading a file line by line.
#![forbid(unsafe_code)]
//!
//! - **I1** Standard streams are userdata whose metatable is the registry's `FILE*`; their slot
//!   says which stream they are.
//! - **I2** What a script reads and writes goes through the host's [`Streams`](crate::vm::Streams).
//!
//! Absent on purpose: other files as values, and so `open`, `popen`, `tmpfile` and `seek`.

use std::io;

use crate::error::{Error, ErrorKind};
use crate::memory::Buffer;
use crate::value::{FixedNative, Native, Str, Table, UserData, Value};
use crate::vm::{Call, Reply, State, entry_of};

use super::io_read::{self, FileText, Input, ReadError};
use super::load::{open, read_all, reason};
use super::{Library, add_functions, functions};

pub(super) static LIBRARY: Library = Library {
    name: "io",
    functions: &FUNCTIONS,
    constant_count: 3,
    finish: Some(finish),
};

functions! {
    8:
    "close" => close,
    "flush" => flush,
    "input" => input,
    "lines" => lines,
    "output" => output,
    "read" => read,
    "type" => type_of,
    "write" => write,
}

/// Methods of files.
static METHODS: [FixedNative; 6] = [
    FixedNative::new(9, "close", entry_of(file_close)),
    FixedNative::new(9, "flush", entry_of(file_flush)),
    FixedNative::new(9, "lines", entry_of(file_lines)),
    FixedNative::new(9, "read", entry_of(file_read)),
    FixedNative::new(9, "setvbuf", entry_of(file_setvbuf)),
    FixedNative::new(9, "write", entry_of(file_write)),
];
static TO_STRING: FixedNative = FixedNative::new(9, "__tostring", entry_of(file_tostring));

/// The type name of files, and the registry key of their metatable.
const FILE: &str = "FILE*";
/// Registry keys of the default streams.
const DEFAULT_INPUT: &str = "_IO_input";
const DEFAULT_OUTPUT: &str = "_IO_output";
/// The standard streams, as slots of userdata.
const STDIN: usize = 0;
const STDOUT: usize = 1;
const STDERR: usize = 2;
/// The most formats that `lines` takes.
const FORMATS_MAX: usize = 250;

fn finish<'r>(state: &State<'r>, table: Table<'r>) -> Result<(), Error<'r>> {
    let store = &state.store;
    let methods = Table::new(store, 0, METHODS.len())?;
    add_functions(state, &METHODS, methods)?;
    let metatable = Table::new(store, 0, 3)?;
    let name = state.str(FILE.as_bytes())?;
    metatable.raw_set_str(store, Str::literal("__index"), methods.to_value())?;
    metatable.raw_set_str(store, Str::literal("__name"), name.to_value())?;
    let to_string = TO_STRING.native().to_value();
    metatable.raw_set_str(store, Str::literal("__tostring"), to_string)?;
    state
        .registry()
        .raw_set_str(store, name, metatable.to_value())?;
    for (slot, name) in [(STDIN, "stdin"), (STDOUT, "stdout"), (STDERR, "stderr")] {
        let file = UserData::new(store, slot)?;
        file.set_metatable(Some(metatable));
        table.raw_set_str(store, state.str(name.as_bytes())?, file.to_value())?;
        let default = match slot {
            STDIN => DEFAULT_INPUT,
            STDOUT => DEFAULT_OUTPUT,
            _ => continue,
        };
        let key = state.str(default.as_bytes())?;
        state.registry().raw_set_str(store, key, file.to_value())?;
    }
    Ok(())
}

/// Which standard stream `value` is, if it is one.
fn stream_of<'r>(state: &State<'r>, value: Value<'r>) -> Option<usize> {
    let file = value.as_userdata()?;
    let metatable = state
        .registry()
        .raw_get_str(Str::literal(FILE))
        .as_table()?;
    let is_file = file.metatable().is_some_and(|own| own.is(metatable));
    is_file.then(|| file.slot())
}

/// The stream at argument 1.
fn stream_arg<'r>(call: &Call<'r>) -> Result<usize, Error<'r>> {
    stream_of(call.state, call.arg(1)).ok_or_else(|| call.type_error(1, "FILE*"))
}

fn default<'r>(call: &Call<'r>, key: &'static str) -> Value<'r> {
    call.state.registry().raw_get_str(Str::literal(key))
}

/// `nil`, the message and its number, as C's libraries report a failure.
pub(super) fn failed<'r>(
    call: &Call<'r>,
    error: &io::Error,
    file_name: Option<&[u8]>,
) -> Result<Reply, Error<'r>> {
    let reason = reason(error);
    let message = match file_name {
        None => call.str(reason.as_bytes())?,
        Some(name) => {
            let mut text = Buffer::new_in(&call.state.store.heap);
            for part in [name, b": ", reason.as_bytes()] {
                text.extend(part)?;
            }
            call.str(&text)?
        }
    };
    let number = Value::int(error.raw_os_error().unwrap_or(0).into());
    call.values(&[Value::NIL, message, number])
}

/// `true`, or what [`failed`] gives.
pub(super) fn outcome<'r>(
    call: &Call<'r>,
    outcome: io::Result<()>,
    file_name: Option<&[u8]>,
) -> Result<Reply, Error<'r>> {
    match outcome {
        Ok(()) => call.one(Value::bool(true)),
        Err(error) => failed(call, &error, file_name),
    }
}

fn type_of<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let value = call.any(1)?;
    call.one(match stream_of(call.state, value) {
        Some(_) => Str::literal("file").to_value(),
        None => Value::NIL,
    })
}

fn file_tostring<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    stream_arg(call)?;
    let mut text = Buffer::new_in(&call.state.store.heap);
    let plain = call.state.plain_text(call.arg(1))?;
    let identity = plain.as_bytes().rsplit(|byte| *byte == b' ').next();
    for part in [&b"file ("[..], identity.unwrap_or_default(), b")"] {
        text.extend(part)?;
    }
    call.one(call.str(&text)?)
}

/// Standard streams stay open.
fn file_close<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    stream_arg(call)?;
    call.two(Value::NIL, call.str(b"cannot close standard file")?)
}

fn close<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    if call.has(1) {
        stream_arg(call)?;
    }
    call.two(Value::NIL, call.str(b"cannot close standard file")?)
}

fn flush<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    outcome(call, call.state.streams.flush_out(), None)
}

fn file_flush<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let result = match stream_arg(call)? {
        STDOUT => call.state.streams.flush_out(),
        _ => Ok(()),
    };
    outcome(call, result, None)
}

/// The host's streams decide how they buffer.
fn file_setvbuf<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    stream_arg(call)?;
    call.option(2, None, &["no", "full", "line"])?;
    call.int_or(3, 0)?;
    call.one(Value::bool(true))
}

fn input<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    choose(call, DEFAULT_INPUT)
}

fn output<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    choose(call, DEFAULT_OUTPUT)
}

/// Sets a default stream if there is an argument, and gives the one that is set then.
fn choose<'r>(call: &Call<'r>, key: &'static str) -> Result<Reply, Error<'r>> {
    if !call.arg(1).is_nil() {
        if call.arg(1).is_str() {
            let name = call.string(1)?;
            let parts = [b"cannot open file '", name.as_bytes(), b"' (not supported)"];
            return Err(call.error_parts(&parts));
        }
        stream_arg(call)?;
        let key = Str::literal(key);
        call.state
            .registry()
            .raw_set_str(&call.state.store, key, call.arg(1))?;
    }
    call.one(default(call, key))
}

fn write<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let file = default(call, DEFAULT_OUTPUT);
    let stream = stream_of(call.state, file).unwrap_or(STDOUT);
    write_args(call, stream, file, 1)
}

fn file_write<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let stream = stream_arg(call)?;
    write_args(call, stream, call.arg(1), 2)
}

/// Writes the arguments from `first` on, and gives the file back.
fn write_args<'r>(
    call: &Call<'r>,
    stream: usize,
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
    match result {
        Ok(()) => call.one(file),
        // Nobody reads any more: a script has nothing left to do.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            Err(Error::bare(ErrorKind::Exit))
        }
        Err(error) => failed(call, &error, None),
    }
}

fn write_to(state: &State<'_>, stream: usize, bytes: &[u8]) -> io::Result<()> {
    match stream {
        STDOUT => state.streams.write_out(bytes),
        STDERR => state.streams.write_err(bytes),
        // As writing to a stream that was opened for reading: EBADF.
        _ => Err(io::Error::from_raw_os_error(9)),
    }
}

fn read<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let stream = stream_of(call.state, default(call, DEFAULT_INPUT)).unwrap_or(STDIN);
    read_args(call, stream, 1)
}

fn file_read<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let stream = stream_arg(call)?;
    read_args(call, stream, 2)
}

/// Reads what the formats from argument `first` on ask for.
fn read_args<'r>(call: &Call<'r>, stream: usize, first: usize) -> Result<Reply, Error<'r>> {
    if stream != STDIN {
        return failed(call, &io::Error::from_raw_os_error(9), None);
    }
    let count = (call.count + 1).saturating_sub(first);
    let mut input = Input::take(call.state);
    let format = |index| call.arg(first + index);
    match io_read::read_formats(call, &mut input, count, format, first) {
        Ok(count) => call.staged(count),
        Err(ReadError::Lua(error)) => Err(error),
        Err(ReadError::Io(error)) => failed(call, &error, None),
    }
}

/// What the iterator of `lines` carries before the formats: the file's text (or nil for standard
/// input), how much of it was read, and whether it was read to its end.
const TEXT: usize = 0;
const USED: usize = 1;
const IS_CLOSED: usize = 2;
const FORMATS: usize = 3;

fn lines<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    if call.arg(1).is_nil() {
        return make_lines(call, Value::NIL, 2);
    }
    let name = call.string(1)?;
    let state = call.state;
    let mut content = Buffer::new_in(&state.store.heap);
    let result = match open(name.as_bytes()) {
        Ok(mut file) => read_all(state, &mut content, |part| io::Read::read(&mut file, part))?,
        Err(error) => Err(error),
    };
    if let Err(error) = result {
        return Err(call.error_parts(&[
            b"cannot open file '",
            name.as_bytes(),
            b"' (",
            reason(&error).as_bytes(),
            b")",
        ]));
    }
    let text = call.str(&content)?;
    drop(content);
    make_lines(call, text, 2)
}

fn file_lines<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    stream_arg(call)?;
    make_lines(call, Value::NIL, 2)
}

/// The iterator over `text` with the formats from argument `first` on.
fn make_lines<'r>(call: &Call<'r>, text: Value<'r>, first: usize) -> Result<Reply, Error<'r>> {
    let count = (call.count + 1).saturating_sub(first);
    if count > FORMATS_MAX {
        return Err(call.arg_error(FORMATS_MAX + 2, b"too many arguments"));
    }
    let mut carried = Buffer::new_in(&call.state.store.heap);
    carried.extend(&[text, Value::int(0), Value::bool(false)])?;
    for position in first..=call.count {
        carried.push(call.arg(position))?;
    }
    let iterator = Native::new(&call.state.store, entry_of(next_line), &carried)?;
    call.one(iterator.to_value())
}

/// The iterator that `lines` returns.
fn next_line<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let Some(iterator) = call.callee() else {
        return call.none();
    };
    if !iterator.captured(IS_CLOSED).is_falsy() {
        return Err(call.error(b"file is already closed"));
    }
    let count = iterator.captured_count().saturating_sub(FORMATS);
    let format = |index| iterator.captured(FORMATS + index);
    let text = iterator.captured(TEXT).as_str();
    let result = match text {
        None => io_read::read_formats(call, &mut Input::take(call.state), count, format, 2),
        Some(text) => {
            let used = iterator.captured(USED).as_int().unwrap_or(0) as usize;
            let mut file = FileText::new(text.as_bytes(), used);
            let result = io_read::read_formats(call, &mut file, count, format, 2);
            iterator.set_captured(USED, Value::int(file.used() as i64));
            result
        }
    };
    match result {
        Ok(count) if !call.staged_value(0).is_falsy() => call.staged(count),
        Ok(_) => {
            if text.is_some() {
                iterator.set_captured(TEXT, Value::NIL);
                iterator.set_captured(IS_CLOSED, Value::bool(true));
            }
            call.none()
        }
        Err(ReadError::Lua(error)) => Err(error),
        Err(ReadError::Io(error)) => Err(call.error(reason(&error).as_bytes())),
    }
}
