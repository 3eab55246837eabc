//! The basic functions: types, metatables, raw access, iteration, errors, output.
#![forbid(unsafe_code)]
//!
//! Absent on purpose: what compiles text (`load.rs`), and `require`.

use core::mem;

use crate::error::{Error, ErrorKind};
use crate::value::numeral::{self, Numeral};
use crate::value::{FixedNative, Str, Table, Unpacked, Value};
use crate::vm::{Call, Event, Protection, Reply, Request, State, entry_of};

use super::{Library, functions};

pub(super) static LIBRARY: Library = Library {
    name: "",
    functions: &FUNCTIONS,
    constant_count: 3,
    finish: Some(finish),
};

functions! {
    0:
    "assert" => assert,
    "collectgarbage" => collectgarbage,
    "error" => error,
    "getmetatable" => getmetatable,
    "ipairs" => ipairs,
    "load" => super::load::load,
    "pairs" => pairs,
    "print" => print,
    "rawequal" => rawequal,
    "rawget" => rawget,
    "rawlen" => rawlen,
    "rawset" => rawset,
    "select" => select,
    "setmetatable" => setmetatable,
    "tonumber" => tonumber,
    "tostring" => tostring,
    "type" => type_of,
    "warn" => warn,
    "xpcall" => xpcall,
}

/// `next`, which `pairs` returns as well.
static NEXT: FixedNative = FixedNative::new(0, "next", entry_of(next));
/// `pcall`, which the loop enters itself.
static PCALL: FixedNative = FixedNative::new(0, "pcall", entry_of(pcall));
/// The iterator of `ipairs`.
static IPAIRS_NEXT: FixedNative = FixedNative::new(0, "(for ipairs)", entry_of(ipairs_next));

fn finish<'r>(state: &State<'r>, table: Table<'r>) -> Result<(), Error<'r>> {
    let version = Str::literal("Lua 5.4").to_value();
    for (name, value) in [
        ("next", NEXT.native().to_value()),
        ("pcall", PCALL.native().to_value()),
        ("_G", state.globals().to_value()),
        ("_VERSION", version),
    ] {
        let name = state.str(name.as_bytes())?;
        table.raw_set_str(&state.store, name, value)?;
    }
    // The loop steps the first two itself, and enters the third.
    state.next_native.set(NEXT.native().as_ptr());
    state.list_native.set(IPAIRS_NEXT.native().as_ptr());
    state.pcall_native.set(PCALL.native().as_ptr());
    Ok(())
}

type Result_<'r> = Result<Reply, Error<'r>>;

fn assert<'r>(call: &Call<'r>) -> Result_<'r> {
    if !call.arg(1).is_falsy() {
        return call.args_from(1);
    }
    call.any(1)?;
    let message = if call.has(2) {
        call.arg(2)
    } else {
        call.str(b"assertion failed!")?
    };
    Err(raise(call, message, 1))
}

fn error<'r>(call: &Call<'r>) -> Result_<'r> {
    let level = call.int_or(2, 1)?;
    Err(raise(call, call.arg(1), level))
}

/// The error with `value`; a string gets the position of the function at `level` before it.
#[cold]
fn raise<'r>(call: &Call<'r>, value: Value<'r>, level: i64) -> Error<'r> {
    let state = call.state;
    let position = match (value.as_str(), usize::try_from(level)) {
        (Some(text), Ok(level)) if level > 0 => {
            let is_paid = state.charge_levels(state.current.get(), level);
            is_paid
                .and_then(|()| state.where_is(level))
                .and_then(|position| {
                    let joined = Str::join(&state.store, &[position, text])?;
                    Ok(joined.to_value())
                })
        }
        _ => Ok(value),
    };
    match position {
        Ok(value) => Error::with_value(&state.store, ErrorKind::Runtime, value),
        Err(error) => error,
    }
}

fn pcall<'r>(call: &Call<'r>) -> Result_<'r> {
    call.any(1)?;
    call.invoke_arg(1, Protection::Catch)
}

fn xpcall<'r>(call: &Call<'r>) -> Result_<'r> {
    let handler = call.function(2)?;
    // The function takes the handler's place, so that its arguments follow it.
    call.set_arg(2, call.arg(1));
    call.invoke_arg(2, Protection::Handle(handler))
}

fn getmetatable<'r>(call: &Call<'r>) -> Result_<'r> {
    let value = call.any(1)?;
    let Some(metatable) = call.state.metatable_of(value) else {
        return call.one(Value::NIL);
    };
    let shown = call.state.metamethod(value, Event::Metatable);
    call.one(if shown.is_nil() {
        metatable.to_value()
    } else {
        shown
    })
}

fn setmetatable<'r>(call: &Call<'r>) -> Result_<'r> {
    let table = call.table_arg(1)?;
    let metatable = call.arg(2).as_table();
    if metatable.is_none() && !(call.has(2) && call.arg(2).is_nil()) {
        return Err(call.type_error(2, "nil or table"));
    }
    if table.metatable().is_some()
        && !call
            .state
            .metamethod(table.to_value(), Event::Metatable)
            .is_nil()
    {
        return Err(call.error(b"cannot change a protected metatable"));
    }
    call.state.note_finalizer(table.to_value(), metatable)?;
    table.set_metatable(metatable);
    call.one(table.to_value())
}

fn rawequal<'r>(call: &Call<'r>) -> Result_<'r> {
    let (left, right) = (call.any(1)?, call.any(2)?);
    call.state.charge_texts(left, right)?;
    call.one(Value::bool(left.raw_equal(right)))
}

fn rawlen<'r>(call: &Call<'r>) -> Result_<'r> {
    let len = match call.arg(1).unpack() {
        Unpacked::Table(table) => {
            call.state.charge_border(table)?;
            table.raw_len()
        }
        Unpacked::Str(text) => text.len() as i64,
        _ => return Err(call.type_error(1, "table or string")),
    };
    call.one(Value::int(len))
}

fn rawget<'r>(call: &Call<'r>) -> Result_<'r> {
    let table = call.table_arg(1)?;
    let key = call.any(2)?;
    call.state.charge_lookup(table, key)?;
    call.one(table.raw_get(key))
}

fn rawset<'r>(call: &Call<'r>) -> Result_<'r> {
    let table = call.table_arg(1)?;
    let (key, value) = (call.any(2)?, call.any(3)?);
    call.state.charge_lookup(table, key)?;
    call.state.charge_new_key(table)?;
    call.state.raw_set(table, key, value)?;
    call.one(table.to_value())
}

fn next<'r>(call: &Call<'r>) -> Result_<'r> {
    let table = call.table_arg(1)?;
    call.state.charge_lookup(table, call.arg(2))?;
    let Ok(start) = table.position_of_next(call.arg(2)) else {
        return Err(call.state.plain_error(b"invalid key to 'next'"));
    };
    let found = table.entry_from(start);
    let end = found.map_or(table.last_position(), |(position, _, _)| position);
    call.state.charge_nodes(end.saturating_sub(start))?;
    match found {
        Some((_, key, value)) => call.two(key, value),
        None => call.one(Value::NIL),
    }
}

fn pairs<'r>(call: &Call<'r>) -> Result_<'r> {
    let value = call.any(1)?;
    let handler = call.state.metamethod(value, Event::Pairs);
    if handler.is_nil() {
        return call.values(&[NEXT.native().to_value(), value, Value::NIL]);
    }
    call.invoke(handler, &[value], Some(three_results))
}

/// What `__pairs` gave, as three results.
fn three_results<'r>(call: &Call<'r>) -> Result_<'r> {
    call.values(&[call.result(0), call.result(1), call.result(2)])
}

fn ipairs<'r>(call: &Call<'r>) -> Result_<'r> {
    let value = call.any(1)?;
    call.values(&[IPAIRS_NEXT.native().to_value(), value, Value::int(0)])
}

fn ipairs_next<'r>(call: &Call<'r>) -> Result_<'r> {
    let index = call.int(2)?.wrapping_add(1);
    let list = call.arg(1);
    let mut value = list
        .as_table()
        .map_or(Value::NIL, |table| table.raw_get_int(index));
    if value.is_nil() {
        value = call.state.index(list, Value::int(index))?;
        if value.is_nil() {
            return call.one(Value::NIL);
        }
    }
    call.two(Value::int(index), value)
}

fn select<'r>(call: &Call<'r>) -> Result_<'r> {
    let first = call.arg(1);
    if first
        .as_str()
        .is_some_and(|text| text.as_bytes().first() == Some(&b'#'))
    {
        return call.one(Value::int(call.count as i64 - 1));
    }
    let count = call.count as i64;
    let position = match call.int(1)? {
        // As C's `int`s would, a position far below the first wraps to one that is refused too.
        position if position < 0 => count.saturating_add(position),
        position => position.min(count),
    };
    if position < 1 {
        return Err(call.arg_error(1, b"index out of range"));
    }
    call.args_from(position as usize + 1)
}

fn tonumber<'r>(call: &Call<'r>) -> Result_<'r> {
    if call.arg(2).is_nil() {
        let value = call.arg(1);
        if value.is_number() {
            return call.one(value);
        }
        let Some(text) = value.as_str() else {
            call.any(1)?;
            return call.one(Value::NIL);
        };
        call.charge(text.len() as u64 / 64)?;
        return call.one(match numeral::parse(text.as_bytes()) {
            Some(Numeral::Int(int)) => Value::int(int),
            Some(Numeral::Float(float)) => Value::float(float),
            None => Value::NIL,
        });
    }
    let base = call.int(2)?;
    let Some(text) = call.arg(1).as_str() else {
        return Err(call.type_error(1, "string"));
    };
    let base = u32::try_from(base)
        .ok()
        .filter(|base| (2..=36).contains(base));
    let Some(base) = base else {
        return Err(call.arg_error(2, b"base out of range"));
    };
    call.charge(text.len() as u64 / 64)?;
    let int = int_in_base(text.as_bytes(), base);
    call.one(int.map_or(Value::NIL, Value::int))
}

/// Reads an integer of the given base, which wraps around; white space may stand around it.
fn int_in_base(text: &[u8], base: u32) -> Option<i64> {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|byte| !is_space(byte))?;
    let end = text.iter().rposition(|byte| !is_space(byte))?;
    let (is_negative, digits) = match text.get(start..=end)? {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if digits.is_empty() {
        return None;
    }
    let mut int = 0i64;
    for byte in digits {
        let digit = char::from(*byte).to_digit(base)?;
        int = int.wrapping_mul(base.into()).wrapping_add(digit.into());
    }
    Some(if is_negative { int.wrapping_neg() } else { int })
}

fn tostring<'r>(call: &Call<'r>) -> Result_<'r> {
    let value = call.any(1)?;
    let text = call.to_text(value)?;
    call.one(text.to_value())
}

fn type_of<'r>(call: &Call<'r>) -> Result_<'r> {
    let value = call.any(1)?;
    call.one(Str::type_of(value).to_value())
}

fn print<'r>(call: &Call<'r>) -> Result_<'r> {
    for position in 1..=call.count {
        let text = call.to_text(call.arg(position))?;
        if position > 1 {
            write_out(call, b"\t")?;
        }
        write_out(call, text.as_bytes())?;
    }
    write_out(call, b"\n")?;
    // As PUC Lua does: who reads a pipe sees each line when it is printed.
    gone_ends(call.state.flush_written())?;
    call.none()
}

/// Writes to standard output. A reader that has gone ends the script; other failures are passed
/// over, as PUC Lua's `print` does.
fn write_out<'r>(call: &Call<'r>, bytes: &[u8]) -> Result<(), Error<'r>> {
    gone_ends(call.state.write_out(bytes))?;
    call.state.charge_bytes(bytes.len())
}

fn gone_ends<'r>(result: std::io::Result<()>) -> Result<(), Error<'r>> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            Err(Error::bare(ErrorKind::Exit))
        }
        _ => Ok(()),
    }
}

fn warn<'r>(call: &Call<'r>) -> Result_<'r> {
    call.string(1)?;
    for position in 2..=call.count {
        call.string(position)?;
    }
    let state = call.state;
    let first = call.string(1)?;
    if let (1, [b'@', control @ ..]) = (call.count, first.as_bytes()) {
        match control {
            b"on" => state.warnings.set(true),
            b"off" => state.warnings.set(false),
            _ => {}
        }
        return call.none();
    }
    for position in 1..=call.count {
        state.warn_part(call.string(position)?.as_bytes(), position == 1);
    }
    state.warn_end();
    call.none()
}

fn collectgarbage<'r>(call: &Call<'r>) -> Result_<'r> {
    const OPTIONS: [&str; 10] = [
        "stop",
        "restart",
        "collect",
        "count",
        "step",
        "setpause",
        "setstepmul",
        "isrunning",
        "generational",
        "incremental",
    ];
    let option = OPTIONS[call.option(1, Some("collect"), &OPTIONS)?];
    let number = match option {
        "step" | "setpause" | "setstepmul" => call.int_or(2, 0)?,
        "generational" | "incremental" => {
            // Sizes and speeds of a collector that there is not: looked at, and no more.
            for position in 2..=if option == "generational" { 3 } else { 4 } {
                call.int_or(position, 0)?;
            }
            0
        }
        _ => 0,
    };
    let state = call.state;
    if state.is_finalizing.get() {
        return call.one(Value::NIL);
    }
    let mut settings = state.collector.get();
    let result = match option {
        "collect" => {
            settings.step_kib = 0;
            state.collector.set(settings);
            let result = Value::int(0);
            return call.request(Request::Collect { result });
        }
        "step" => return step(call, number),
        "count" => {
            let stats = state.heap_stats();
            Value::float((stats.used_bytes - stats.free_bytes) as f64 / 1024.0)
        }
        "setpause" => Value::int(mem::replace(&mut settings.pause, setting(number)).into()),
        "setstepmul" => {
            let old = mem::replace(&mut settings.step_multiplier, setting(number));
            Value::int(old.into())
        }
        "isrunning" => Value::bool(!settings.is_stopped),
        "generational" | "incremental" => {
            let is_generational = option == "generational";
            let old = mem::replace(&mut settings.is_generational, is_generational);
            let name = if old { "generational" } else { "incremental" };
            Str::literal(name).to_value()
        }
        other => {
            settings.is_stopped = other == "stop";
            Value::int(0)
        }
    };
    state.collector.set(settings);
    call.one(result)
}

/// A pace that a script sets, as far as PUC Lua would remember it: in quarters, in a byte.
fn setting(number: i64) -> i32 {
    i32::from((number as i32 / 4) as u8) * 4
}

/// `collectgarbage("step", kib)`: an evacuation, and true; with a size one only when what the steps
/// claimed makes up half of what is in use, and false until then.
fn step<'r>(call: &Call<'r>, kib: i64) -> Result_<'r> {
    let state = call.state;
    let mut settings = state.collector.get();
    settings.step_kib = settings.step_kib.saturating_add(kib.max(0) as u64);
    let half_kib = state.heap_stats().used_bytes as u64 / 2048;
    let is_due = kib <= 0 || settings.step_kib >= half_kib;
    if is_due {
        settings.step_kib = 0;
    }
    state.collector.set(settings);
    let result = Value::bool(is_due);
    if is_due {
        return call.request(Request::Collect { result });
    }
    call.one(result)
}
