//! `string.dump`, and `load` of what it gave: handles to functions, in the place of bytecode.
#![forbid(unsafe_code)]
//!
//! ```text
//!   header of PUC Lua 5.4 (31 bytes) | token (16 bytes) | name of the source, unless stripped
//! ```
//!
//! - **D1** A handle has no code. The region keeps the functions that were dumped, under their
//!   handles; `load` looks a handle up, and nothing of it is parsed but to word an error.
//! - **D2** So a handle is of use in the region that made it, and its copies, and nowhere else;
//!   whatever else has the mark of a binary chunk is refused.
//! - **D3** Without the library [`LIBRARY`] there is no table to look anything up in: nothing can
//!   be dumped, and no binary chunk be loaded.

use core::hash::{BuildHasher, Hasher};
use std::hash::{DefaultHasher, RandomState};

use crate::error::Error;
use crate::memory::Buffer;
use crate::value::{Closure, RegionMemory, Str, Table, Value};
use crate::vm::{Call, Reply, State};

use super::Library;

pub(super) static LIBRARY: Library = Library {
    name: "",
    functions: &[],
    constant_count: 0,
    finish: Some(finish),
};

/// Where the registry keeps what was dumped: functions by handle, and handles of functions that
/// were not stripped by the address of their code, which is the same as long as they are kept.
const DUMPED: &str = "dumped";
/// What PUC Lua 5.4 begins its binary chunks with: mark, version, format, bytes that conversions
/// of text would spoil, sizes, and a number of each kind.
const HEADER: [u8; 31] = *b"\x1BLua\x54\0\x19\x93\r\n\x1A\n\x04\x08\x08\
    \x78\x56\0\0\0\0\0\0\0\0\0\0\0\x28\x77\x40";
const TOKEN_BYTES: usize = 16;
/// What a message calls each part of the header, by the offset behind it.
const HEADER_PARTS: [(usize, &[u8]); 9] = [
    (4, b"not a binary chunk"),
    (5, b"version mismatch"),
    (6, b"format mismatch"),
    (12, b"corrupted chunk"),
    (13, b"Instruction size mismatch"),
    (14, b"lua_Integer size mismatch"),
    (15, b"lua_Number size mismatch"),
    (23, b"integer format mismatch"),
    (31, b"float format mismatch"),
];

fn finish<'r>(state: &State<'r>, _globals: Table<'r>) -> Result<(), Error<'r>> {
    let dumped = Table::empty(&state.store)?.to_value();
    state
        .registry()
        .raw_set_str(&state.store, Str::literal(DUMPED), dumped)?;
    Ok(())
}

/// What was dumped, if anything may be (D3).
fn dumped<'r>(state: &State<'r>) -> Option<Table<'r>> {
    state
        .registry()
        .raw_get_str(Str::literal(DUMPED))
        .as_table()
}

/// Whether handles can be made and loaded.
pub(super) fn is_allowed(state: &State<'_>) -> bool {
    dumped(state).is_some()
}

pub(super) fn dump<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let function = call.function(1)?;
    let strip = !call.arg(2).is_falsy();
    let state = call.state;
    let (Some(closure), Some(dumped)) = (function.as_closure(), dumped(state)) else {
        return Err(call.error(b"unable to dump given function"));
    };
    let store = &state.store;
    call.charge(closure.proto().instruction_count() as u64)?;
    let address = Value::int(closure.proto().as_ptr().addr() as i64);
    let known = dumped.raw_get(address);
    if !strip && known.is_str() {
        return call.one(known);
    }
    let proto = if strip {
        let memory = RegionMemory::new_in(store);
        store.built(closure.proto().stripped(&memory)?)
    } else {
        closure.proto()
    };
    let kept = state.main_closure(proto, Value::NIL)?;
    let handle = handle(state, dumped, (!strip).then_some(kept))?;
    state.raw_set(dumped, handle, kept.to_value())?;
    if !strip {
        state.raw_set(dumped, address, handle)?;
    }
    call.one(handle)
}

/// A new handle; `named` is the function whose source's name it shows.
fn handle<'r>(
    state: &State<'r>,
    dumped: Table<'r>,
    named: Option<Closure<'r>>,
) -> Result<Value<'r>, Error<'r>> {
    // Counted in the table, so that copies of a region go on where it was.
    let count = dumped.raw_get_int(0).as_int().unwrap_or(0);
    dumped.raw_set_int(&state.store, 0, Value::int(count.wrapping_add(1)))?;
    let name = named.and_then(Closure::source_name);
    let name = name.unwrap_or(Str::literal(""));
    let mut text = Buffer::new_in(&state.brand().store.heap);
    text.extend(&HEADER)?;
    text.extend(&token(state.seed, count))?;
    text.extend(name.as_bytes())?;
    state.charge_bytes(text.len())?;
    Ok(state.str(&text)?.to_value())
}

/// Bytes that nobody can guess who does not know the seed; without one, nobody at all.
fn token(seed: Option<u64>, count: i64) -> [u8; TOKEN_BYTES] {
    let random = RandomState::new();
    let mut token = [0; TOKEN_BYTES];
    for (half, bytes) in token.chunks_exact_mut(8).enumerate() {
        let mut hasher = match seed {
            Some(seed) => {
                let mut hasher = DefaultHasher::new();
                hasher.write_u64(seed);
                hasher
            }
            None => random.build_hasher(),
        };
        hasher.write_i64(count);
        hasher.write_usize(half);
        bytes.copy_from_slice(&hasher.finish().to_le_bytes());
    }
    token
}

/// The function of a handle that `dump` gave, with variables from outside of its own.
///
/// # Errors
/// The source is no handle of this region.
pub(super) fn load<'r>(
    state: &State<'r>,
    source: &[u8],
    name: &[u8],
    environment: Value<'r>,
) -> Result<Value<'r>, Error<'r>> {
    state.charge_bytes(source.len())?;
    let handle = state.str(source)?.to_value();
    let kept = dumped(state).map_or(Value::NIL, |dumped| dumped.raw_get(handle));
    match kept.as_closure() {
        Some(kept) => Ok(state.main_closure(kept.proto(), environment)?.to_value()),
        None => Err(refusal(state, source, name)),
    }
}

/// What is wrong with something that is no handle.
#[cold]
fn refusal<'r>(state: &State<'r>, source: &[u8], name: &[u8]) -> Error<'r> {
    let shown = match name.split_first() {
        Some((b'@' | b'=', name)) => name,
        Some((0x1B, _)) => b"binary string",
        _ => name,
    };
    let reason = match mismatch(source) {
        Some(reason) => reason,
        None if is_truncated(state, source) => b"truncated chunk",
        None => b"no function of this execution",
    };
    super::load::message(state, &[shown, b": bad binary format (", reason, b")"])
}

/// What differs from the header, in what there is of it.
fn mismatch(source: &[u8]) -> Option<&'static [u8]> {
    let pairs = source.iter().zip(&HEADER);
    let at = pairs
        .into_iter()
        .position(|(given, wanted)| given != wanted)?;
    let part = HEADER_PARTS.iter().find(|(end, _)| at < *end)?;
    Some(part.1)
}

/// Whether the source is the beginning of a handle, or too short for one.
fn is_truncated(state: &State<'_>, source: &[u8]) -> bool {
    if source.len() < HEADER.len() + TOKEN_BYTES {
        return true;
    }
    let Some(dumped) = dumped(state) else {
        return false;
    };
    let mut key = Value::NIL;
    // The error of a large region's many handles is not worth an index of its own.
    while let Ok(Some((next, _))) = dumped.next(key) {
        if !state.charge_late(1) {
            return false;
        }
        if let Some(handle) = next.as_str()
            && handle.as_bytes().starts_with(source)
        {
            return true;
        }
        key = next;
    }
    false
}
