//! The `coroutine` library.
#![forbid(unsafe_code)]

use crate::error::Error;
use crate::value::{Native, Status, Str, Thread, Value};
use crate::vm::{Call, Reply, Request, entry_of};

use super::{Library, functions};

pub(super) static LIBRARY: Library = Library {
    name: "coroutine",
    functions: &FUNCTIONS,
    constant_count: 0,
    finish: None,
};

functions! {
    2:
    "close" => close,
    "create" => create,
    "isyieldable" => isyieldable,
    "resume" => resume,
    "running" => running,
    "status" => status,
    "wrap" => wrap,
    "yield" => yield_values,
}

fn create<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let function = call.function(1)?;
    let thread = call.state.new_thread(function)?;
    call.one(thread.to_value())
}

fn resume<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    call.request(Request::Resume {
        thread: call.thread_arg(1)?,
        from: call.slot + 2,
        count: call.count - 1,
        is_wrap: false,
    })
}

fn yield_values<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    call.request(Request::Yield {
        from: call.slot + 1,
        count: call.count,
    })
}

fn wrap<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let function = call.function(1)?;
    let thread = call.state.new_thread(function)?;
    let captured = [thread.to_value()];
    let native = Native::new(&call.state.store, entry_of(resume_wrapped), &captured)?;
    call.one(native.to_value())
}

/// The function that `coroutine.wrap` returns.
fn resume_wrapped<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let captured = call
        .callee()
        .map_or(Value::NIL, |native| native.captured(0));
    let Some(thread) = captured.as_thread() else {
        return call.none();
    };
    call.request(Request::Resume {
        thread,
        from: call.slot + 1,
        count: call.count,
        is_wrap: true,
    })
}

fn status<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let thread = call.thread_arg(1)?;
    call.one(Str::literal(status_name(thread)).to_value())
}

fn status_name(thread: Thread<'_>) -> &'static str {
    match thread.object().status.get() {
        Status::Suspended => "suspended",
        Status::Running => "running",
        Status::Normal => "normal",
        Status::Dead => "dead",
    }
}

fn isyieldable<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let thread = if call.has(1) {
        call.thread_arg(1)?
    } else {
        call.state.current.get()
    };
    let is_main = thread.is(call.state.main.get());
    let answer = !is_main && thread.object().host_calls.get() == 0;
    call.one(Value::bool(answer))
}

fn running<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let thread = call.state.current.get();
    let is_main = thread.is(call.state.main.get());
    call.two(thread.to_value(), Value::bool(is_main))
}

fn close<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let thread = call.thread_arg(1)?;
    match thread.object().status.get() {
        Status::Suspended | Status::Dead => match call.state.close_thread(thread)? {
            None => call.one(Value::bool(true)),
            Some(error) => call.two(Value::bool(false), error),
        },
        Status::Running | Status::Normal => Err(call.error_parts(&[
            b"cannot close a ",
            status_name(thread).as_bytes(),
            b" coroutine",
        ])),
    }
}
