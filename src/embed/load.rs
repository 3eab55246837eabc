//! From source to function: the one place where parser and compiler meet the floors above.
#![forbid(unsafe_code)]

use core::cell::Cell;

use crate::compile::{self, CompileError};
use crate::error::{Error, ErrorKind};
use crate::memory::{AllocError, Ref, Scratch, ScratchVec};
use crate::syntax::{self, ParseError};
use crate::value::source_name::ShownSource;
use crate::value::{Proto, ProtoMemory, ProtoRef, RegionMemory};
use crate::vm::State;

/// The first byte of what PUC Lua's compiler writes.
const BINARY_MARK: u8 = 0x1B;
/// What parsing costs between two calls of the parser's tick, in VM steps.
const TICK_STEPS: u64 = 4096;

/// Why a source gave no function.
pub(super) enum Failure<'s> {
    /// It is not Lua, or exceeds a bound; the whole message.
    Syntax(&'s [u8]),
    /// There was no room.
    Memory(AllocError),
    /// The tick said stop.
    Interrupted,
}

impl From<AllocError> for Failure<'_> {
    fn from(error: AllocError) -> Self {
        Self::Memory(error)
    }
}

/// Compiles `source` into `memory`. `name` is in the notation of `load`: `@file`, `=name`, or the
/// source itself.
///
/// # Errors
/// See [`Failure`].
pub(super) fn compile_source<'a>(
    scratch: &'a Scratch<'_>,
    source: &'a [u8],
    name: &'a [u8],
    memory: &'a dyn ProtoMemory,
    tick: &'a dyn Fn() -> bool,
) -> Result<ProtoRef, Failure<'a>> {
    if source.first() == Some(&BINARY_MARK) {
        return Err(Failure::Syntax(
            b"attempt to load a binary chunk (mode is 't')",
        ));
    }
    let main = match syntax::parse(scratch, source, name, tick) {
        Ok(main) => main,
        Err(ParseError::Syntax(error)) => return Err(Failure::Syntax(error.message)),
        Err(ParseError::Memory(error)) => return Err(Failure::Memory(error)),
        Err(ParseError::Interrupted) => return Err(Failure::Interrupted),
    };
    match compile::compile(scratch, main, name, memory) {
        Ok(proto) => Ok(proto),
        Err(CompileError::Memory(error)) => Err(Failure::Memory(error)),
        Err(CompileError::TooLarge { what, line }) => {
            Err(Failure::Syntax(too_large(scratch, name, what, line)?))
        }
    }
}

/// The message of a function that exceeds a bound of the bytecode.
fn too_large<'a>(
    scratch: &'a Scratch<'_>,
    name: &[u8],
    what: &str,
    line: u32,
) -> Result<&'a [u8], AllocError> {
    let mut digits = itoa::Buffer::new();
    let shown = ShownSource::new(name);
    let parts: [&[u8]; 5] = [
        shown.as_bytes(),
        b":",
        digits.format(line).as_bytes(),
        b": ",
        what.as_bytes(),
    ];
    let mut message = ScratchVec::new_in(scratch);
    for byte in parts.into_iter().flatten() {
        message.push(*byte)?;
    }
    Ok(message.into_slice())
}

/// What `load` does: the hook of the VM.
pub(super) fn load_in<'r>(
    state: &State<'r>,
    source: &[u8],
    name: &[u8],
) -> Result<Ref<'r, Proto>, Error<'r>> {
    let stopped = Cell::new(None);
    let tick = || match state.charge(TICK_STEPS) {
        Ok(()) => true,
        Err(error) => {
            stopped.set(Some(error));
            false
        }
    };
    let store = &state.store;
    let scratch = Scratch::new_in(&store.heap);
    let memory = RegionMemory::new_in(store);
    match compile_source(&scratch, source, name, &memory, &tick) {
        Ok(proto) => Ok(store.built(proto)),
        Err(Failure::Syntax(message)) => {
            Err(Error::with_message(store, ErrorKind::Syntax, message))
        }
        Err(Failure::Memory(error)) => Err(error.into()),
        Err(Failure::Interrupted) => {
            Err(stopped.take().unwrap_or(Error::bare(ErrorKind::Cancelled)))
        }
    }
}
