//! The `os` library. The calendar is in `date.rs`.
#![forbid(unsafe_code)]
//!
//! Absent on purpose: `execute`, and locales other than C's.

use core::sync::atomic::{AtomicU64, Ordering};
use std::env;
use std::fs::{self, OpenOptions};
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::{Error, ErrorKind};
use crate::memory::Buffer;
use crate::value::decimal::Text;
use crate::value::{Str, Table, Value, coerce};
use crate::vm::{Call, Reply};

use super::date::{self, ITEM_MAX, Moment};
use super::io::{failed, outcome};
use super::load::path;
use super::{Library, functions};

pub(super) static LIBRARY: Library = Library {
    name: "os",
    functions: &FUNCTIONS,
    constant_count: 0,
    finish: None,
};

functions! {
    10:
    "clock" => clock,
    "date" => date_,
    "difftime" => difftime,
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
/// How often a name for a temporary file is tried.
const NAME_TRIES: usize = 64;

fn clock<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let spent = cpu_time::ProcessTime::try_now().map(|time| time.as_duration());
    // C's `clock` counts microseconds, and is -1 where the system has no such clock.
    let seconds = match spent {
        Ok(spent) => spent.as_micros() as f64 / 1e6,
        Err(_) => -1e-6,
    };
    call.one(Value::float(seconds))
}

/// Seconds since the epoch.
fn now() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(error) => -i64::try_from(error.duration().as_secs()).unwrap_or(i64::MAX),
    }
}

fn time<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    if call.arg(1).is_nil() {
        return call.one(Value::int(now()));
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
    let time = date::time_of([year, month, day, hour, minute, second], is_dst);
    let moment = time.and_then(|time| Moment::new(time, false).zip(Some(time)));
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
    let time = if call.arg(2).is_nil() {
        now()
    } else {
        call.int(2)?
    };
    let bytes = format.as_bytes();
    let (is_utc, layout) = match bytes.strip_prefix(b"!") {
        Some(rest) => (true, rest),
        None => (false, bytes),
    };
    let Some(moment) = Moment::new(time, is_utc) else {
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
    let name = call.string(1)?;
    let value = match path(name.as_bytes()) {
        // The system's functions refuse such names, and Rust's would panic.
        Ok(name)
            if !name.as_os_str().is_empty()
                && !name.as_os_str().to_string_lossy().contains('=') =>
        {
            env::var_os(name)
        }
        _ => None,
    };
    match value {
        Some(value) => call.one(call.str(value.as_encoded_bytes())?),
        None => call.one(Value::NIL),
    }
}

fn exit<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let code = match call.arg(1).as_bool() {
        Some(true) => 0,
        Some(false) => 1,
        None => call.int_or(1, 0)? as i32,
    };
    call.state.exit_code.set(code);
    Err(Error::bare(ErrorKind::Exit))
}

fn remove<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let name = call.string(1)?;
    let result = path(name.as_bytes()).and_then(|path| match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir(path),
        _ => fs::remove_file(path),
    });
    outcome(call, result, Some(name.as_bytes()))
}

fn rename<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (from, to) = (call.string(1)?, call.string(2)?);
    let from = path(from.as_bytes());
    let result = from.and_then(|from| fs::rename(from, path(to.as_bytes())?));
    match result {
        Ok(()) => call.one(Value::bool(true)),
        Err(error) => failed(call, &error, None),
    }
}

fn tmpname<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    for _ in 0..NAME_TRIES {
        let mut name = Text::<64>::new();
        name.push(b"/tmp/lua_");
        let mut number = next_number();
        for _ in 0..6 {
            const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
            name.push(&[DIGITS[(number % 36) as usize]]);
            number /= 36;
        }
        let created = path(name.bytes())
            .and_then(|path| OpenOptions::new().write(true).create_new(true).open(path));
        match created {
            Ok(_) => return call.one(call.str(name.bytes())?),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(_) => break,
        }
    }
    Err(call.error(b"unable to generate a unique filename"))
}

/// Another number on every call, and in every process.
fn next_number() -> u64 {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos() as u64);
    let count = COUNTER.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
    let mixed = (nanos ^ u64::from(std::process::id()) << 32).wrapping_add(count);
    mixed.wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 8
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
