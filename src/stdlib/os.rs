//! The `os` library. The calendar is in `date.rs`.
#![forbid(unsafe_code)]
//!
//! Absent on purpose: locales other than C's.

use crate::error::{Error, ErrorKind};
use crate::memory::Buffer;
use crate::value::decimal::Text;
use crate::value::{FixedNative, Str, Table, Value, coerce};
use crate::vm::{Call, Reply, entry_of};

use super::date::{self, ITEM_MAX, Moment};
use super::io::{ended, failed, outcome};
use super::{Library, functions};

pub(super) static LIBRARY: Library = Library {
    name: "os",
    functions: &FUNCTIONS,
    constant_count: 0,
    finish: None,
};

/// What may be had without touching anything.
pub(super) static TIME_LIBRARY: Library = Library {
    name: "os",
    functions: &TIME_FUNCTIONS,
    constant_count: 0,
    finish: None,
};

static TIME_FUNCTIONS: [FixedNative; 4] = [
    FixedNative::new(10, "clock", entry_of(clock)),
    FixedNative::new(10, "date", entry_of(date_)),
    FixedNative::new(10, "difftime", entry_of(difftime)),
    FixedNative::new(10, "time", entry_of(time)),
];

functions! {
    10:
    "clock" => clock,
    "date" => date_,
    "difftime" => difftime,
    "execute" => execute,
    "exit" => exit,
    "getenv" => getenv,
    "remove" => remove,
    "rename" => rename,
    "setlocale" => setlocale,
    "time" => time,
    "tmpname" => tmpname,
}

/// Conversions of `date`: those of C99.
const CONVERSIONS: &[u8] = b"aAbBcCdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%";
/// Conversions that may stand behind `E`, and behind `O`; in the C locale they change nothing.
const ERA_CONVERSIONS: &[u8] = b"cCxXyY";
const DIGIT_CONVERSIONS: &[u8] = b"deHImMSuUVwWy";

fn clock<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    call.one(Value::float(call.state.clock.processor_seconds()))
}

fn time<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    if call.arg(1).is_nil() {
        return call.one(Value::int(call.state.clock.now()));
    }
    let table = call.table_arg(1)?;
    let year = field(call, table, "year", None, 1900)?;
    let month = field(call, table, "month", None, 1)?;
    let day = field(call, table, "day", None, 0)?;
    let hour = field(call, table, "hour", Some(12), 0)?;
    let minute = field(call, table, "min", Some(0), 0)?;
    let second = field(call, table, "sec", Some(0), 0)?;
    let is_dst = call
        .state
        .index(table.to_value(), Str::literal("isdst").to_value())?;
    let is_dst = (!is_dst.is_nil()).then(|| !is_dst.is_falsy());
    let is_utc = call.state.clock.is_utc();
    let time = date::time_of([year, month, day, hour, minute, second], is_dst, is_utc);
    let moment = time.and_then(|time| Moment::new(time, is_utc).zip(Some(time)));
    let Some((moment, time)) = moment.filter(|(_, time)| *time != -1) else {
        let message = b"time result cannot be represented in this installation";
        return Err(call.error(message));
    };
    set_fields(call, table, &moment)?;
    call.one(Value::int(time))
}

/// An integer field of a date; `delta` is what C takes off before the value must fit an `int`.
fn field<'r>(
    call: &Call<'r>,
    table: Table<'r>,
    name: &'static str,
    default: Option<i64>,
    delta: i64,
) -> Result<i64, Error<'r>> {
    let key = Str::literal(name).to_value();
    let value = call.state.index(table.to_value(), key)?;
    call.state.charge_text(value)?;
    let refuse = |what: &[u8]| Err(call.error_parts(&[b"field '", name.as_bytes(), b"' ", what]));
    match (coerce::text_to_int(value), default) {
        (Some(int), _) => match int.checked_sub(delta).map(i32::try_from) {
            Some(Ok(_)) => Ok(int),
            _ => refuse(b"is out-of-bound"),
        },
        (None, _) if !value.is_nil() => refuse(b"is not an integer"),
        (None, Some(default)) => Ok(default),
        (None, None) => refuse(b"missing in date table"),
    }
}

/// Writes all fields of a date.
fn set_fields<'r>(call: &Call<'r>, table: Table<'r>, moment: &Moment) -> Result<(), Error<'r>> {
    let fields = [
        ("year", moment.year),
        ("month", moment.month),
        ("day", moment.day),
        ("hour", moment.hour),
        ("min", moment.minute),
        ("sec", moment.second),
        ("yday", moment.year_day + 1),
        ("wday", moment.weekday + 1),
    ];
    for (name, value) in fields {
        let key = Str::literal(name).to_value();
        call.state
            .set_index(table.to_value(), key, Value::int(value))?;
    }
    let key = Str::literal("isdst").to_value();
    call.state
        .set_index(table.to_value(), key, Value::bool(moment.is_dst))
}

fn date_<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let format = call.string_opt(1)?.unwrap_or(Str::literal("%c"));
    let clock = call.state.clock;
    let time = if call.arg(2).is_nil() {
        clock.now()
    } else {
        call.int(2)?
    };
    let bytes = format.as_bytes();
    let (is_utc, layout) = match bytes.strip_prefix(b"!") {
        Some(rest) => (true, rest),
        None => (false, bytes),
    };
    let Some(moment) = Moment::new(time, is_utc || clock.is_utc()) else {
        let message = b"date result cannot be represented in this installation";
        return Err(call.error(message));
    };
    // C compares up to a zero.
    if layout
        .strip_prefix(b"*t")
        .is_some_and(|rest| matches!(rest, [] | [0, ..]))
    {
        let table = call.table(0, 9)?;
        set_fields(call, table, &moment)?;
        return call.one(table.to_value());
    }
    let mut result = Buffer::new_in(&call.state.store.heap);
    let mut rest = layout;
    while let Some(at) = memchr::memchr(b'%', rest) {
        let (text, conversion) = rest.split_at(at);
        result.extend(text)?;
        let conversion = conversion.get(1..).unwrap_or_default();
        let Some((letter, used)) = conversion_of(conversion) else {
            return Err(invalid_conversion(call, conversion));
        };
        let mut item = Text::<ITEM_MAX>::new();
        moment.format(letter, &mut item);
        result.extend(item.bytes())?;
        call.charge(1)?;
        rest = conversion.get(used..).unwrap_or_default();
    }
    result.extend(rest)?;
    call.one(call.str(&result)?)
}

/// The letter of the conversion at the start of `text`, and how long it is.
fn conversion_of(text: &[u8]) -> Option<(u8, usize)> {
    let (first, rest) = text.split_first()?;
    if CONVERSIONS.contains(first) {
        return Some((*first, 1));
    }
    let allowed = match first {
        b'E' => ERA_CONVERSIONS,
        b'O' => DIGIT_CONVERSIONS,
        _ => return None,
    };
    let second = rest.first().filter(|second| allowed.contains(second))?;
    Some((*second, 2))
}

#[cold]
fn invalid_conversion<'r>(call: &Call<'r>, conversion: &[u8]) -> Error<'r> {
    let mut message = Buffer::new_in(&call.state.store.heap);
    let shown = conversion.split(|byte| *byte == 0).next();
    for part in [
        &b"invalid conversion specifier '%"[..],
        shown.unwrap_or_default(),
        b"'",
    ] {
        if let Err(error) = message.extend(part) {
            return error.into();
        }
    }
    call.arg_error(1, &message)
}

fn difftime<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (later, earlier) = (call.int(1)?, call.int(2)?);
    // The difference may exceed an integer; as a float it is exact where C's is.
    let difference = i128::from(later) - i128::from(earlier);
    call.one(Value::float(difference as f64))
}

fn getenv<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let name = call.whole_string(1)?;
    match call.state.file_system.variable(name.as_bytes()) {
        Some(value) => call.one(call.str(&value)?),
        None => call.one(Value::NIL),
    }
}

fn execute<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let state = call.state;
    let Some(command) = call.whole_string_opt(1)? else {
        return call.one(Value::bool(state.file_system.has_shell()));
    };
    // What was written so far comes before what the command writes.
    let _ = state.streams.flush_out();
    match state.file_system.execute(command.as_bytes()) {
        Ok(ending) => ended(call, ending),
        Err(error) => failed(call, &error, None),
    }
}

fn exit<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let code = match call.arg(1).as_bool() {
        Some(true) => 0,
        Some(false) => 1,
        None => call.int_or(1, 0)? as i32,
    };
    call.state.exit_code.set(code);
    call.state.exit_closes.set(!call.arg(2).is_falsy());
    Err(Error::bare(ErrorKind::Exit))
}

fn remove<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let name = call.whole_string(1)?;
    let result = call.state.file_system.remove(name.as_bytes());
    outcome(call, result, Some(name.as_bytes()))
}

fn rename<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (from, to) = (call.whole_string(1)?, call.whole_string(2)?);
    let files = call.state.file_system;
    let result = files.rename(from.as_bytes(), to.as_bytes());
    outcome(call, result, None)
}

fn tmpname<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    match call.state.file_system.temporary_name() {
        Ok(name) => call.one(call.str(&name)?),
        Err(_) => Err(call.error(b"unable to generate a unique filename")),
    }
}

fn setlocale<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let name = call.string_opt(1)?;
    let categories = ["all", "collate", "ctype", "monetary", "numeric", "time"];
    call.option(2, Some("all"), &categories)?;
    let is_ours = name.is_none_or(|name| matches!(name.as_bytes(), b"" | b"C" | b"POSIX"));
    call.one(if is_ours {
        Str::literal("C").to_value()
    } else {
        Value::NIL
    })
}
