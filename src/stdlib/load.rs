//! `load`, `loadfile` and `dofile`: functions out of text.
#![forbid(unsafe_code)]
//!
//! - **L1** Only text is compiled. What starts with an escape byte is a binary chunk: the handle of
//!   a function that was dumped (`dump.rs`), or refused.
//! - **L2** An error of syntax, of a reader or of a file is a result; fuel, deadline and the like
//!   are not to be caught and go on.

use std::io;

use crate::error::Error;
use crate::memory::Buffer;
use crate::value::{Str, Table, Value};
use crate::vm::{Call, OpenMode, Reply, State};

use super::{Library, functions};

pub(super) static LIBRARY: Library = Library {
    name: "",
    functions: &FUNCTIONS,
    constant_count: 0,
    finish: Some(finish),
};

fn finish<'r>(state: &State<'r>, _globals: Table<'r>) -> Result<(), Error<'r>> {
    super::package::search_files(state)
}

functions! {
    1:
    "dofile" => dofile,
    "loadfile" => loadfile,
}

/// The byte that binary chunks start with.
const ESCAPE: u8 = 0x1B;
/// How much of a file is read at a time.
const READ_BYTES: usize = 16 << 10;

pub(super) fn load<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let state = call.state;
    let first = call.arg(1);
    let is_text = first.is_str() || first.is_number();
    let mode = call.string_opt(3)?;
    let environment = if call.has(4) {
        call.arg(4)
    } else {
        state.globals().to_value()
    };
    let result = if is_text {
        let source = call.string(1)?;
        let name = call.string_opt(2)?.unwrap_or(source);
        compile(state, source.as_bytes(), name, mode, environment)
    } else {
        let name = call.string_opt(2)?;
        let name = match name {
            Some(name) => name,
            None => state.str(b"=(load)")?,
        };
        let reader = call.function(1)?;
        read_pieces(call, reader)
            .and_then(|source| compile(state, &source, name, mode, environment))
    };
    give(call, result)
}

/// The function, or nil and the message.
fn give<'r>(call: &Call<'r>, result: Result<Value<'r>, Error<'r>>) -> Result<Reply, Error<'r>> {
    match result {
        Ok(function) => call.one(function),
        Err(error) if error.kind().is_catchable() => call.two(Value::NIL, error.value()),
        Err(error) => Err(error),
    }
}

fn compile<'r>(
    state: &State<'r>,
    source: &[u8],
    name: Str<'r>,
    mode: Option<Str<'r>>,
    environment: Value<'r>,
) -> Result<Value<'r>, Error<'r>> {
    state.charge_bytes(name.len().saturating_add(mode.map_or(0, Str::len)))?;
    let is_binary = source.first() == Some(&ESCAPE);
    let kind: &[u8] = if is_binary { b"binary" } else { b"text" };
    let given = mode.unwrap_or(Str::literal("bt"));
    let given = match super::dump::is_allowed(state) {
        true => given,
        // Where binary chunks were asked for, the mode that could be is named instead.
        false if is_binary => Str::literal("t"),
        false => given,
    };
    let letter = if is_binary { b'b' } else { b't' };
    if !given.as_bytes().contains(&letter) {
        let shown = given.as_bytes();
        let parts = [
            b"attempt to load a ",
            kind,
            b" chunk (mode is '",
            shown,
            b"')",
        ];
        return Err(message(state, &parts));
    }
    if is_binary {
        return super::dump::load(state, source, name.as_bytes(), environment);
    }
    state.charge_bytes(source.len())?;
    // The names of chunks are C strings in PUC Lua.
    let name = name.as_bytes();
    let name = &name[..memchr::memchr(0, name).unwrap_or(name.len())];
    state.load(source, name, environment)
}

/// An error without a position, its message made of parts.
#[cold]
pub(super) fn message<'r>(state: &State<'r>, parts: &[&[u8]]) -> Error<'r> {
    let mut text = Buffer::new_in(&state.brand().store.heap);
    for part in parts {
        if let Err(error) = text.extend(part) {
            return error.into();
        }
    }
    state.plain_error(&text)
}

/// What a reader function gives until it returns nil or an empty string.
fn read_pieces<'r>(call: &Call<'r>, reader: Value<'r>) -> Result<Buffer<'r>, Error<'r>> {
    let mut source = Buffer::new_in(&call.state.store.heap);
    loop {
        call.charge(1)?;
        let piece = call.call(reader, &[])?;
        if piece.is_nil() {
            return Ok(source);
        }
        let piece = match piece.as_str() {
            Some(text) => text,
            None if piece.is_number() => call.state.number_text(piece)?,
            None => return Err(call.error(b"reader function must return a string")),
        };
        if piece.is_empty() {
            return Ok(source);
        }
        call.state.charge_bytes(piece.len())?;
        source.extend(piece.as_bytes())?;
    }
}

fn loadfile<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let file_name = call.whole_string_opt(1)?;
    let mode = call.string_opt(2)?;
    let environment = if call.has(3) {
        call.arg(3)
    } else {
        call.state.globals().to_value()
    };
    give(call, compile_file(call.state, file_name, mode, environment))
}

/// The function of a file.
///
/// # Errors
/// It cannot be read or compiled.
pub(super) fn load_file<'r>(
    state: &'r State<'r>,
    file_name: Str<'r>,
) -> Result<Value<'r>, Error<'r>> {
    compile_file(state, Some(file_name), None, state.globals().to_value())
}

fn dofile<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let file_name = call.whole_string_opt(1)?;
    let environment = call.state.globals().to_value();
    let function = compile_file(call.state, file_name, None, environment)?;
    call.invoke(function, &[], None)
}

fn compile_file<'r>(
    state: &'r State<'r>,
    file_name: Option<Str<'r>>,
    mode: Option<Str<'r>>,
    environment: Value<'r>,
) -> Result<Value<'r>, Error<'r>> {
    let (source, name) = match file_name {
        Some(file_name) => {
            let name = Str::join(&state.store, &[Str::literal("@"), file_name])?;
            (read_file(state, file_name)?, name)
        }
        None => {
            let mut source = Buffer::new_in(&state.store.heap);
            read_all(state, &mut source, |part| state.streams.read_in(part))?
                .map_err(|error| file_error(state, b"read", b"stdin", &error))?;
            (source, Str::literal("=stdin"))
        }
    };
    compile(
        state,
        without_first_comment(&source),
        name,
        mode,
        environment,
    )
}

/// The source without a byte order mark and a first line that starts with `#`, whose line break
/// stays so that lines keep their numbers.
fn without_first_comment(source: &[u8]) -> &[u8] {
    let source = source.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(source);
    if source.first() != Some(&b'#') {
        return source;
    }
    let end = memchr::memchr(b'\n', source).unwrap_or(source.len());
    let rest = source.get(end..).unwrap_or_default();
    match rest {
        // A binary chunk may follow; it is refused by its first byte.
        [b'\n', ESCAPE, ..] => rest.get(1..).unwrap_or_default(),
        _ => rest,
    }
}

/// Reads a whole file.
///
/// # Errors
/// It cannot be opened or read, or the region has no room for it.
pub(super) fn read_file<'r>(
    state: &State<'r>,
    file_name: Str<'r>,
) -> Result<Buffer<'r>, Error<'r>> {
    let shown = file_name.as_bytes();
    let mode = OpenMode {
        read: true,
        ..OpenMode::default()
    };
    let file = state.file_system.open(shown, mode);
    let mut file = file.map_err(|error| file_error(state, b"open", shown, &error))?;
    let mut content = Buffer::new_in(&state.brand().store.heap);
    read_all(state, &mut content, |part| file.read(part))?
        .map_err(|error| file_error(state, b"read", shown, &error))?;
    Ok(content)
}

/// Reads to the end; the outer error is the region's, the inner one the system's.
pub(super) fn read_all<'r>(
    state: &State<'r>,
    content: &mut Buffer<'_>,
    mut read: impl FnMut(&mut [u8]) -> io::Result<usize>,
) -> Result<io::Result<()>, Error<'r>> {
    loop {
        let len = content.len();
        let part = content.extend_with(READ_BYTES, 0)?;
        let outcome = read(part);
        let count = *outcome.as_ref().unwrap_or(&0);
        content.truncate(len + count.min(READ_BYTES));
        match outcome {
            Ok(0) => return Ok(Ok(())),
            Ok(count) => state.charge_bytes(count)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Ok(Err(error)),
        }
    }
}

/// `cannot <what> <name>: <reason>`, without a position.
#[cold]
fn file_error<'r>(state: &State<'r>, what: &[u8], name: &[u8], error: &io::Error) -> Error<'r> {
    let reason = super::load::reason(error);
    message(
        state,
        &[b"cannot ", what, b" ", name, b": ", reason.as_bytes()],
    )
}

/// The system's words for an error, as C's `strerror` has them.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
