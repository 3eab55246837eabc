//! The `debug` library: functions, variables, metatables. Hooks are in `debug_hook.rs`, what
//! `getinfo` says in `debug_info.rs`.
#![forbid(unsafe_code)]
//!
//! - **DB1** A script can read and change variables of others and metatables of basic types, but
//!   no state of the VM: what it sets are values, which every reader checks.
//!
//! Absent on purpose: the registry as PUC Lua's C code uses it, and setting what a host function
//! captured.

use crate::error::Error;
use crate::value::{Closure, FixedNative, Str, Table, Thread, Unpacked, UserData, Value};
use crate::vm::{CONTEXT, Call, Reply, State, entry_of, parameter_name};

use super::debug_hook::{gethook, sethook};
use super::debug_info::getinfo;
use super::{Library, functions};

pub(super) static LIBRARY: Library = Library {
    name: "debug",
    functions: &FUNCTIONS,
    constant_count: 1,
    finish: Some(finish),
};

/// What gives nothing away.
pub(super) static TRACEBACK_LIBRARY: Library = Library {
    name: "debug",
    functions: &TRACEBACK_FUNCTIONS,
    constant_count: 1,
    finish: Some(finish),
};

/// Adds `context`, which is no function of PUC Lua's.
fn finish<'r>(state: &State<'r>, table: Table<'r>) -> Result<(), Error<'r>> {
    let context = CONTEXT.native().to_value();
    Ok(table.raw_set_str(&state.store, Str::literal("context"), context)?)
}

static TRACEBACK_FUNCTIONS: [FixedNative; 1] =
    [FixedNative::new(13, "traceback", entry_of(traceback))];

functions! {
    13:
    "debug" => super::debug_hook::debug,
    "gethook" => gethook,
    "getinfo" => getinfo,
    "getlocal" => getlocal,
    "getmetatable" => getmetatable,
    "getregistry" => getregistry,
    "getupvalue" => getupvalue,
    "getuservalue" => getuservalue,
    "sethook" => sethook,
    "setcstacklimit" => setcstacklimit,
    "setlocal" => setlocal,
    "setmetatable" => setmetatable,
    "setupvalue" => setupvalue,
    "setuservalue" => setuservalue,
    "traceback" => traceback,
    "upvalueid" => upvalueid,
    "upvaluejoin" => upvaluejoin,
}

/// Registry key of the values that stand for upvalues.
const UPVALUE_IDS: &str = "_UPVALUE_IDS";
/// What PUC Lua says of its stack of C calls.
const C_STACK_LIMIT: i64 = 200;

/// The thread that a function looks at, and by how much it shifts the other arguments.
pub(super) fn thread_arg<'r>(call: &Call<'r>) -> (Thread<'r>, usize) {
    match call.arg(1).as_thread() {
        Some(thread) => (thread, 1),
        None => (call.state.current.get(), 0),
    }
}

fn traceback<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (thread, shift) = thread_arg(call);
    let message = call.arg(shift + 1);
    let text = match message.unpack() {
        Unpacked::Nil => None,
        Unpacked::Str(text) => Some(text),
        Unpacked::Int(_) | Unpacked::Float(_) => Some(call.state.number_text(message)?),
        _ => return call.one(message),
    };
    let is_own = thread.is(call.state.current.get());
    let level = call.int_or(shift + 2, i64::from(is_own))?;
    let text = call.state.traceback_of(thread, level, text)?;
    call.one(text.to_value())
}

fn getlocal<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (thread, shift) = thread_arg(call);
    let number = i64::from(call.int(shift + 2)? as i32);
    let function = call.arg(shift + 1);
    if function.is_function() {
        let name = function
            .as_closure()
            .and_then(|closure| parameter_name(closure, number));
        return call.one(name.map_or(Value::NIL, Str::to_value));
    }
    let level = i64::from(call.int(shift + 1)? as i32);
    let Some(activation) = call.state.activation(thread, level)? else {
        return Err(call.arg_error(shift + 1, b"level out of range"));
    };
    match activation.local(number) {
        Some(local) => call.two(local.name.to_value(), local.get()),
        None => call.one(Value::NIL),
    }
}

fn setlocal<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (thread, shift) = thread_arg(call);
    let level = i64::from(call.int(shift + 1)? as i32);
    let number = i64::from(call.int(shift + 2)? as i32);
    let Some(activation) = call.state.activation(thread, level)? else {
        return Err(call.arg_error(shift + 1, b"level out of range"));
    };
    let value = call.any(shift + 3)?;
    let local = activation.local(number);
    if let Some(local) = local {
        if !value.is_number() && activation.is_loop_state(call.state, number)? {
            return call.one(Value::NIL);
        }
        local.set(value);
    }
    call.one(local.map_or(Value::NIL, |local| local.name.to_value()))
}

fn getmetatable<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let metatable = call.state.metatable_of(call.any(1)?);
    call.one(metatable.map_or(Value::NIL, Table::to_value))
}

fn setmetatable<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let metatable = call.arg(2).as_table();
    if metatable.is_none() && !(call.has(2) && call.arg(2).is_nil()) {
        return Err(call.type_error(2, "nil or table"));
    }
    let value = call.arg(1);
    match value.unpack() {
        Unpacked::Table(table) => {
            call.state.note_finalizer(value, metatable)?;
            table.set_metatable(metatable);
        }
        Unpacked::UserData(object) => {
            call.state.note_finalizer(value, metatable)?;
            object.set_metatable(metatable);
        }
        _ => call.state.type_metatable(value).set(metatable),
    }
    call.one(value)
}

fn getregistry<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    call.one(call.state.registry().to_value())
}

/// The place of an upvalue among a function's, from the number that scripts give it.
fn upvalue_index(number: i64) -> Option<usize> {
    usize::try_from(i64::from(number as i32).checked_sub(1)?).ok()
}

fn getupvalue<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let index = upvalue_index(call.int(2)?);
    let function = call.function(1)?;
    let Some(index) = index else {
        return call.none();
    };
    if let Some(closure) = function.as_closure() {
        let Some(upvalue) = closure.upvalue(index) else {
            return call.none();
        };
        return call.two(upvalue_name(closure, index), upvalue.get().get());
    }
    match function.as_native() {
        Some(native) if index < native.captured_count() => {
            call.two(Str::literal("").to_value(), native.captured(index))
        }
        _ => call.none(),
    }
}

fn upvalue_name<'r>(closure: Closure<'r>, index: usize) -> Value<'r> {
    let name = closure.upvalue_name(index);
    name.unwrap_or(Str::literal("(no name)")).to_value()
}

fn setupvalue<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let value = call.any(3)?;
    let index = upvalue_index(call.int(2)?);
    let function = call.function(1)?;
    let (Some(index), Some(closure)) = (index, function.as_closure()) else {
        return call.none();
    };
    match closure.upvalue(index) {
        Some(upvalue) => {
            upvalue.get().set(value);
            call.one(upvalue_name(closure, index))
        }
        None => call.none(),
    }
}

/// What tells the upvalue of a function apart: a number that no other has. Captured values of host
/// functions count as upvalues.
fn upvalue_serial<'r>(
    call: &Call<'r>,
    function_at: usize,
    number_at: usize,
) -> Result<Option<(usize, i64)>, Error<'r>> {
    let index = upvalue_index(call.int(number_at)?);
    let function = call.function(function_at)?;
    let Some(index) = index else {
        return Ok(None);
    };
    if let Some(closure) = function.as_closure() {
        let upvalue = closure.upvalue(index);
        return Ok(upvalue.map(|upvalue| (index, upvalue.serial() as i64)));
    }
    let native = function.as_native();
    let identity = native
        .filter(|native| index < native.captured_count())
        .and_then(|_| crate::vm::identity_of(function));
    // Numbers of upvalues are small; these are not.
    Ok(identity.map(|identity| (index, -((identity as i64) << 8) - index as i64)))
}

fn upvalueid<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let Some((_, serial)) = upvalue_serial(call, 1, 2)? else {
        return call.one(Value::NIL);
    };
    let store = &call.state.store;
    let registry = call.state.registry();
    let key = Str::literal(UPVALUE_IDS);
    let ids = match registry.raw_get_str(key).as_table() {
        Some(ids) => ids,
        None => {
            let ids = Table::empty(store)?;
            registry.raw_set_str(store, key, ids.to_value())?;
            ids
        }
    };
    let known = ids.raw_get_int(serial);
    if !known.is_nil() {
        return call.one(known);
    }
    let id = UserData::new_light(store)?.to_value();
    ids.raw_set_int(store, serial, id)?;
    call.one(id)
}

fn upvaluejoin<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let invalid = |position| move || call.arg_error(position, b"invalid upvalue index");
    let (to, _) = upvalue_serial(call, 1, 2)?.ok_or_else(invalid(2))?;
    let (from, _) = upvalue_serial(call, 3, 4)?.ok_or_else(invalid(4))?;
    let closure = |position| {
        let closure = call.arg(position).as_closure();
        closure.ok_or_else(|| call.arg_error(position, b"Lua function expected"))
    };
    let (target, source) = (closure(1)?, closure(3)?);
    if let Some(upvalue) = source.upvalue(from) {
        target.set_upvalue(&call.state.store, to, upvalue);
    }
    call.none()
}

/// The user value of that number: host objects have one, files none.
fn user_value<'r>(call: &Call<'r>, number: i64) -> Option<UserData<'r>> {
    let object = call.arg(1).as_userdata()?;
    let is_file = super::io::file_of(call.state, call.arg(1)).is_some();
    (number == 1 && !is_file).then_some(object)
}

fn getuservalue<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let number = call.int_or(2, 1)?;
    match user_value(call, number) {
        Some(object) => call.two(object.user_value().get(), Value::bool(true)),
        None => call.one(Value::NIL),
    }
}

fn setuservalue<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let number = call.int_or(3, 1)?;
    let object = call.arg(1).as_userdata();
    if object.is_none_or(|object| object.is_light()) {
        return Err(call.type_error(1, "userdata"));
    }
    let value = call.any(2)?;
    match user_value(call, number) {
        Some(object) => {
            object.user_value().set(value);
            call.one(call.arg(1))
        }
        None => call.one(Value::NIL),
    }
}

/// A bound that PUC Lua no longer has either.
fn setcstacklimit<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    call.int(1)?;
    call.one(Value::int(C_STACK_LIMIT))
}
