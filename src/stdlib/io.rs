//! The `io` library: its functions. The methods of files are in `io_file.rs`.
#![forbid(unsafe_code)]
//!
//! - **I1** Files are userdata whose metatable is the registry's `FILE*`; their slot says which
//!   standard stream or which open file of the execution they are.
//! - **I2** What a script reads and writes goes through the host's
//!   [`Streams`](crate::vm::Streams) and [`FileSystem`](crate::vm::FileSystem).

use std::io;

use crate::error::Error;
use crate::memory::Buffer;
use crate::value::{Native, Str, Table, UserData, Value};
use crate::vm::{Call, Ending, FileValue, OpenFile, OpenMode, Reply, State, entry_of};

use super::io_file::{self, METAMETHODS, METHODS, close_file, read_args, write_args};
use super::io_read::{self, ReadError};
use super::load::reason;
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
    "open" => open,
    "output" => output,
    "popen" => popen,
    "read" => read,
    "tmpfile" => tmpfile,
    "type" => type_of,
    "write" => write,
}

/// The type name of files, and the registry key of their metatable.
pub(super) const FILE: &str = "FILE*";
/// Registry keys of the default streams; messages show what is behind the prefix.
const DEFAULT_PREFIX: &str = "_IO_";
const DEFAULT_INPUT: &str = "_IO_input";
const DEFAULT_OUTPUT: &str = "_IO_output";
/// The most formats that `lines` takes.
const FORMATS_MAX: usize = 250;

/// What a file stands for.
#[derive(Clone, Copy)]
pub(super) enum Stream<'r> {
    Stdin,
    Stdout,
    Stderr,
    /// An open file of the host.
    Open(UserData<'r>),
    Closed,
}

/// The standard streams, as slots of userdata.
const STDIN: usize = 0;
const STDOUT: usize = 1;
const STDERR: usize = 2;

fn finish<'r>(state: &State<'r>, table: Table<'r>) -> Result<(), Error<'r>> {
    let store = &state.store;
    let methods = Table::new(store, 0, METHODS.len())?;
    add_functions(state, &METHODS, methods)?;
    let metatable = Table::new(store, 0, METAMETHODS.len() + 2)?;
    add_functions(state, &METAMETHODS, metatable)?;
    let name = state.str(FILE.as_bytes())?;
    metatable.raw_set_str(store, Str::literal("__name"), name.to_value())?;
    metatable.raw_set_str(store, Str::literal("__index"), methods.to_value())?;
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

/// The file that `value` is, if it is one.
pub(super) fn file_of<'r>(state: &State<'r>, value: Value<'r>) -> Option<UserData<'r>> {
    let file = value.as_userdata()?;
    let metatable = state
        .registry()
        .raw_get_str(Str::literal(FILE))
        .as_table()?;
    let is_file = file.metatable().is_some_and(|own| own.is(metatable));
    is_file.then_some(file)
}

/// What `file` stands for now.
pub(super) fn stream_of(file: UserData<'_>) -> Stream<'_> {
    match file.host() {
        None => match file.slot() {
            STDIN => Stream::Stdin,
            STDOUT => Stream::Stdout,
            STDERR => Stream::Stderr,
            _ => Stream::Closed,
        },
        Some(host) => match host.borrow::<FileValue>() {
            Ok(value) if value.is_open() => Stream::Open(file),
            _ => Stream::Closed,
        },
    }
}

/// Lets `body` use an open file.
///
/// # Errors
/// It is not open after all, or what `body` reports.
pub(super) fn with_file<R>(
    file: UserData<'_>,
    body: impl FnOnce(&mut OpenFile) -> R,
) -> io::Result<R> {
    let value = file.host().map(|host| host.borrow_mut::<FileValue>());
    match value {
        Some(Ok(mut value)) => value.get().map(body).ok_or_else(bad_descriptor),
        _ => Err(bad_descriptor()),
    }
}

/// Takes the open file out of its value, to be closed.
pub(super) fn take_file(file: UserData<'_>) -> Option<OpenFile> {
    file.host()?.borrow_mut::<FileValue>().ok()?.take()
}

/// The error of an operation on a file that was opened for another: EBADF.
pub(super) fn bad_descriptor() -> io::Error {
    const EBADF: i32 = 9;
    io::Error::from_raw_os_error(EBADF)
}

/// The file at argument 1, open or closed.
///
/// # Errors
/// The argument is no file.
pub(super) fn any_file<'r>(call: &Call<'r>) -> Result<UserData<'r>, Error<'r>> {
    file_of(call.state, call.arg(1)).ok_or_else(|| call.type_error(1, FILE))
}

/// The open file at argument 1.
///
/// # Errors
/// The argument is no file, or a closed one.
pub(super) fn file_arg<'r>(call: &Call<'r>) -> Result<(UserData<'r>, Stream<'r>), Error<'r>> {
    let file = any_file(call)?;
    match stream_of(file) {
        Stream::Closed => Err(call.error(b"attempt to use a closed file")),
        stream => Ok((file, stream)),
    }
}

/// A default file.
fn default<'r>(call: &Call<'r>, key: &'static str) -> Value<'r> {
    call.state.registry().raw_get_str(Str::literal(key))
}

/// A default file that must be open.
fn open_default<'r>(
    call: &Call<'r>,
    key: &'static str,
) -> Result<(UserData<'r>, Stream<'r>), Error<'r>> {
    let file = file_of(call.state, default(call, key));
    match file.map(|file| (file, stream_of(file))) {
        Some((file, stream)) if !matches!(stream, Stream::Closed) => Ok((file, stream)),
        _ => {
            let name = key.strip_prefix(DEFAULT_PREFIX).unwrap_or(key);
            Err(call.error_parts(&[b"default ", name.as_bytes(), b" file is closed"]))
        }
    }
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

/// How a process ended: whether well, the sort of ending, and its number.
pub(super) fn ended<'r>(call: &Call<'r>, ending: Ending) -> Result<Reply, Error<'r>> {
    let (what, number) = match ending {
        Ending::Exit(code) => ("exit", code),
        Ending::Signal(signal) => ("signal", signal),
    };
    let status = match ending {
        Ending::Exit(0) => Value::bool(true),
        _ => Value::NIL,
    };
    let what = Str::literal(what).to_value();
    call.values(&[status, what, Value::int(number.into())])
}

/// A file value for a file that was just opened.
fn new_file<'r>(
    call: &Call<'r>,
    opened: io::Result<OpenFile>,
) -> Result<io::Result<UserData<'r>>, Error<'r>> {
    let state = call.state;
    let value = match opened.and_then(|opened| state.open_files.keep(opened)) {
        Ok(value) => value,
        Err(error) => return Ok(Err(error)),
    };
    let node = state.store.own_object(value)?;
    let file = UserData::of_host(&state.store, node)?;
    let metatable = state.registry().raw_get_str(Str::literal(FILE));
    file.set_metatable(metatable.as_table());
    Ok(Ok(file))
}

/// Opens a file by name.
fn open_named<'r>(
    call: &Call<'r>,
    name: Str<'r>,
    mode: OpenMode,
) -> Result<io::Result<UserData<'r>>, Error<'r>> {
    let opened = call.state.file_system.open(name.as_bytes(), mode);
    new_file(call, opened.map(|host| OpenFile::new(host, mode, false)))
}

/// As [`open_named`]; that it cannot be opened is an error.
fn open_or_raise<'r>(
    call: &Call<'r>,
    name: Str<'r>,
    mode: &[u8],
) -> Result<UserData<'r>, Error<'r>> {
    let mode = OpenMode::parse(mode).unwrap_or_default();
    open_named(call, name, mode)?.map_err(|error| {
        call.error_parts(&[
            b"cannot open file '",
            name.as_bytes(),
            b"' (",
            reason(&error).as_bytes(),
            b")",
        ])
    })
}

fn open<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let name = call.whole_string(1)?;
    let mode = call.string_opt(2)?.unwrap_or(Str::literal("r"));
    let mode = OpenMode::parse(mode.as_bytes());
    let mode = mode.ok_or_else(|| call.arg_error(2, b"invalid mode"))?;
    match open_named(call, name, mode)? {
        Ok(file) => call.one(file.to_value()),
        Err(error) => failed(call, &error, Some(name.as_bytes())),
    }
}

fn popen<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let command = call.whole_string(1)?;
    let mode = call.string_opt(2)?.unwrap_or(Str::literal("r"));
    let writes = match mode.as_bytes() {
        b"r" => false,
        b"w" => true,
        _ => return Err(call.arg_error(2, b"invalid mode")),
    };
    let state = call.state;
    // What was written so far comes before what the process writes.
    let _ = state.streams.flush_out();
    let opened = state.file_system.process(command.as_bytes(), writes);
    let mode = OpenMode {
        read: !writes,
        write: writes,
        ..OpenMode::default()
    };
    let opened = opened.map(|host| OpenFile::new(host, mode, true));
    match new_file(call, opened)? {
        Ok(file) => call.one(file.to_value()),
        Err(error) => failed(call, &error, Some(command.as_bytes())),
    }
}

fn tmpfile<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let mode = OpenMode {
        read: true,
        write: true,
        ..OpenMode::default()
    };
    let opened = call.state.file_system.temporary_file();
    match new_file(call, opened.map(|host| OpenFile::new(host, mode, false)))? {
        Ok(file) => call.one(file.to_value()),
        Err(error) => failed(call, &error, None),
    }
}

fn type_of<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let value = call.any(1)?;
    call.one(match file_of(call.state, value).map(stream_of) {
        Some(Stream::Closed) => Str::literal("closed file").to_value(),
        Some(_) => Str::literal("file").to_value(),
        None => Value::NIL,
    })
}

fn close<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    if call.has(1) {
        return io_file::close(call);
    }
    let file = file_of(call.state, default(call, DEFAULT_OUTPUT));
    match file.map(|file| (file, stream_of(file))) {
        Some((_, stream)) if !matches!(stream, Stream::Closed) => close_file(call, stream),
        _ => Err(call.error(b"attempt to use a closed file")),
    }
}

fn flush<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (_, stream) = open_default(call, DEFAULT_OUTPUT)?;
    io_file::flush_stream(call, stream)
}

fn input<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    choose(call, DEFAULT_INPUT, b"r")
}

fn output<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    choose(call, DEFAULT_OUTPUT, b"w")
}

/// Sets a default file if there is an argument, and gives the one that is set then.
fn choose<'r>(call: &Call<'r>, key: &'static str, mode: &[u8]) -> Result<Reply, Error<'r>> {
    if !call.arg(1).is_nil() {
        let file = if call.arg(1).is_str() || call.arg(1).is_number() {
            open_or_raise(call, call.whole_string(1)?, mode)?
        } else {
            file_arg(call)?.0
        };
        let key = Str::literal(key);
        let registry = call.state.registry();
        registry.raw_set_str(&call.state.store, key, file.to_value())?;
    }
    call.one(default(call, key))
}

fn write<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (file, stream) = open_default(call, DEFAULT_OUTPUT)?;
    write_args(call, stream, file.to_value(), 1)
}

fn read<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (_, stream) = open_default(call, DEFAULT_INPUT)?;
    read_args(call, stream, 1)
}

/// What the iterator of `lines` carries before the formats: the file, and whether it is closed at
/// the end.
const ITERATED: usize = 0;
const CLOSES: usize = 1;
const FORMATS: usize = 2;

fn lines<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    if !call.arg(1).is_nil() {
        let file = open_or_raise(call, call.whole_string(1)?, b"r")?;
        let iterator = make_lines(call, file, true)?;
        let (none, file) = (Value::NIL, file.to_value());
        return call.values(&[iterator, none, none, file]);
    }
    let file = file_of(call.state, default(call, DEFAULT_INPUT));
    match file.filter(|file| !matches!(stream_of(*file), Stream::Closed)) {
        Some(file) => call.one(make_lines(call, file, false)?),
        None => Err(call.error(b"attempt to use a closed file")),
    }
}

/// The iterator over `file` with the formats from argument 2 on.
pub(super) fn make_lines<'r>(
    call: &Call<'r>,
    file: UserData<'r>,
    closes: bool,
) -> Result<Value<'r>, Error<'r>> {
    let count = call.count.saturating_sub(1);
    if count > FORMATS_MAX {
        return Err(call.arg_error(FORMATS_MAX + 2, b"too many arguments"));
    }
    let mut carried = Buffer::new_in(&call.state.store.heap);
    carried.extend(&[file.to_value(), Value::bool(closes)])?;
    for position in 2..=call.count {
        carried.push(call.arg(position))?;
    }
    let iterator = Native::new(&call.state.store, entry_of(next_line), &carried)?;
    Ok(iterator.to_value())
}

/// The iterator that `lines` returns.
fn next_line<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let Some(iterator) = call.callee() else {
        return call.none();
    };
    let file = file_of(call.state, iterator.captured(ITERATED));
    let stream = file.map_or(Stream::Closed, stream_of);
    if matches!(stream, Stream::Closed) {
        return Err(call.error(b"file is already closed"));
    }
    let count = iterator.captured_count().saturating_sub(FORMATS);
    let format = |index| iterator.captured(FORMATS + index);
    let result = io_file::with_source(call.state, stream, |source| {
        io_read::read_formats(call, source, count, format, 2)
    });
    match result {
        Ok(count) if !call.staged_value(0).is_falsy() => call.staged(count),
        Ok(_) => {
            if !iterator.captured(CLOSES).is_falsy() {
                // As in PUC Lua, a failure to close is not told.
                let _ = close_file(call, stream)?;
            }
            call.none()
        }
        Err(ReadError::Lua(error)) => Err(error),
        Err(ReadError::Io(error)) => Err(call.error(reason(&error).as_bytes())),
    }
}
