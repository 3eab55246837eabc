//! Hooks for scripts, and the prompt of `debug.debug`.
#![forbid(unsafe_code)]

use crate::error::{Error, ErrorKind};
use crate::value::{Str, Value};
use crate::vm::hook::{CALL, COUNT, Hook, LINE, RETURN};
use crate::vm::{Call, Reply, Request};

use super::debug::thread_arg;
use super::io_read::{self, Input, ReadError};

/// The letters of a mask, in the order in which they are given back.
const LETTERS: [(u8, u8); 3] = [(b'c', CALL), (b'r', RETURN), (b'l', LINE)];

pub(super) fn sethook<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (thread, shift) = thread_arg(call);
    let function = call.arg(shift + 1);
    let mut hook = None;
    if !function.is_nil() {
        let letters = call.whole_string(shift + 2)?;
        let function = call.function(shift + 1)?;
        let count = i64::from(call.int_or(shift + 3, 0)? as i32);
        let chosen = LETTERS
            .iter()
            .filter(|(letter, _)| letters.as_bytes().contains(letter));
        let mut mask = chosen.fold(0, |mask, (_, bit)| mask | bit);
        if count > 0 {
            mask |= COUNT;
        }
        hook = (mask != 0).then_some(Hook {
            function,
            mask,
            count: count.max(0),
        });
    }
    call.state.set_hook(thread, hook)?;
    call.request(Request::Reload)
}

pub(super) fn gethook<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (thread, _) = thread_arg(call);
    let Some(hook) = call.state.hook_of(thread) else {
        return call.one(Value::NIL);
    };
    let mut letters = [0; LETTERS.len()];
    let mut len = 0;
    for (letter, _) in LETTERS.iter().filter(|(_, bit)| hook.mask & bit != 0) {
        letters[len] = *letter;
        len += 1;
    }
    let mask = call.str(letters.get(..len).unwrap_or_default())?;
    call.values(&[hook.function, mask, Value::int(hook.count)])
}

/// Reads lines and runs them until one says `cont`.
pub(super) fn debug<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let state = call.state;
    loop {
        let _ = state.streams.write_err(b"lua_debug> ");
        let line = io_read::read_formats(call, &mut Input::take(state), 0, |_| Value::NIL, 1);
        match line {
            Ok(_) => {}
            Err(ReadError::Lua(error)) => return Err(error),
            Err(ReadError::Io(_)) => return call.none(),
        }
        let Some(line) = call.staged_value(0).as_str() else {
            return call.none();
        };
        if line.as_bytes() == b"cont" {
            return call.none();
        }
        let env = state.globals().to_value();
        let result = state
            .load(line.as_bytes(), b"=(debug command)", env)
            .and_then(|function| state.call_apart(function, &[]));
        match result {
            Err(error) if error.kind().is_catchable() || error.kind() == ErrorKind::Syntax => {
                let text = state.to_text(error.value()).unwrap_or(Str::literal("?"));
                let _ = state.streams.write_err(text.as_bytes());
                let _ = state.streams.write_err(b"\n");
            }
            Err(error) => return Err(error),
            Ok(_) => {}
        }
    }
}
