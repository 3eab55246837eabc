//! `string.find`, `match`, `gmatch` and `gsub`: pattern matching for scripts.
#![forbid(unsafe_code)]

use core::cell::Cell;
use core::fmt::Write;

use crate::error::Error;
use crate::memory::Buffer;
use crate::value::decimal::Text;
use crate::value::{Native, Str, Unpacked, Value};
use crate::vm::{Call, Reply, State, entry_of};

use super::pattern::{
    BYTES_PER_STEP as PATTERN_BYTES_PER_STEP, CAPTURE_MAX, Captured, ExpandError, Matcher, Meter,
    PatternError, Room, Scratch, Simple, SmallScratch, Span, TinyScratch, find_plain, has_specials,
};
use super::string::start_position;

/// Bytes that a plain search passes over for one step of fuel.
const BYTES_PER_STEP: usize = 256;

/// Fuel for a match; keeps the error that stopped it.
struct Fuel<'c, 'r> {
    state: &'c State<'r>,
    error: &'c Cell<Option<Error<'r>>>,
}

impl Meter for Fuel<'_, '_> {
    fn charge(&mut self, steps: u64) -> bool {
        match self.state.charge(steps) {
            Ok(()) => true,
            Err(error) => {
                self.error.set(Some(error));
                false
            }
        }
    }
}

/// The error of a script for a failed match; `stopped` is what its meter kept.
#[cold]
fn failure<'r>(
    call: &Call<'r>,
    error: PatternError,
    stopped: &Cell<Option<Error<'r>>>,
) -> Error<'r> {
    stopped.take().unwrap_or_else(|| {
        let mut text = Text::<64>::new();
        // Every message is shorter than that.
        let _ = write!(text, "{error}");
        call.error(text.bytes())
    })
}

/// A capture as a value.
fn captured<'r>(call: &Call<'r>, captured: Captured<'_>) -> Result<Value<'r>, Error<'r>> {
    match captured {
        Captured::Bytes(bytes) => call.str(bytes),
        Captured::Position(position) => Ok(Value::int(position as i64)),
    }
}

/// Stages the captures of a match from result `first` on; returns how many results there are then.
fn stage_captures<'r>(
    call: &Call<'r>,
    matcher: &Matcher<'_, '_>,
    span: Span,
    first: usize,
    or_whole: bool,
    stopped: &Cell<Option<Error<'r>>>,
) -> Result<usize, Error<'r>> {
    let count = matcher.capture_count(or_whole);
    for index in 0..count {
        let capture = matcher.capture(index, span);
        let capture = capture.map_err(|error| failure(call, error, stopped))?;
        call.stage(first + index, captured(call, capture)?)?;
    }
    Ok(first + count)
}

pub(super) fn find<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (text, pattern) = (call.string(1)?, call.string(2)?);
    let start = start_position(call.int_or(3, 1)?, text.len()) - 1;
    let Some(rest) = text.as_bytes().get(start..) else {
        return call.one(Value::NIL);
    };
    let wanted = pattern.as_bytes();
    call.state.charge_bytes(wanted.len())?;
    let is_plain = !call.arg(4).is_falsy() || !has_specials(wanted);
    if !is_plain {
        return search(call, text, pattern, start, true);
    }
    if wanted.len() > rest.len() {
        return call.one(Value::NIL);
    }
    call.charge((rest.len() / BYTES_PER_STEP) as u64)?;
    match find_plain(rest, wanted, 0) {
        Some(at) => call.two(
            Value::int((start + at + 1) as i64),
            Value::int((start + at + wanted.len()) as i64),
        ),
        None => call.one(Value::NIL),
    }
}

pub(super) fn match_<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (text, pattern) = (call.string(1)?, call.string(2)?);
    let start = start_position(call.int_or(3, 1)?, text.len()) - 1;
    if start > text.len() {
        return call.one(Value::NIL);
    }
    search(call, text, pattern, start, false)
}

/// Finds the first match from `start` on. The results are its captures; with `is_find` its
/// position comes first, and without captures there is nothing else.
fn search<'r>(
    call: &Call<'r>,
    text: Str<'r>,
    pattern: Str<'r>,
    start: usize,
    is_find: bool,
) -> Result<Reply, Error<'r>> {
    call.state.charge_bytes(pattern.len())?;
    if let Some(simple) = Simple::of(pattern.as_bytes()) {
        return search_simple(call, text, &simple, start, is_find);
    }
    match Room::of(pattern.as_bytes()) {
        Room::Tiny => search_in(call, text, pattern, start, is_find, TinyScratch::tiny()),
        Room::Small => {
            let scratch = SmallScratch::small().recall(call.state.known_set.get());
            search_in(call, text, pattern, start, is_find, scratch)
        }
        Room::Full => search_in(call, text, pattern, start, is_find, Scratch::new()),
    }
}

/// As [`search`] for a pattern that is one item.
fn search_simple<'r>(
    call: &Call<'r>,
    text: Str<'r>,
    simple: &Simple,
    start: usize,
    is_find: bool,
) -> Result<Reply, Error<'r>> {
    match find_simple(call, text, simple, start)? {
        None => call.one(Value::NIL),
        Some(span) if is_find => call.two(
            Value::int(span.start as i64 + 1),
            Value::int(span.end as i64),
        ),
        Some(span) => call.one(matched(call, text, span)?),
    }
}

/// Finds the first match of a simple pattern at `from` or later.
#[inline]
fn find_simple<'r>(
    call: &Call<'r>,
    text: Str<'r>,
    simple: &Simple,
    from: usize,
) -> Result<Option<Span>, Error<'r>> {
    let found = simple.find(text.as_bytes(), from);
    let end = found.map_or(text.len(), |span| span.end);
    let passed = end.saturating_sub(from);
    call.charge(1 + (passed / PATTERN_BYTES_PER_STEP) as u64)?;
    Ok(found)
}

/// What a match matched, as a value.
#[inline]
fn matched<'r>(call: &Call<'r>, text: Str<'r>, span: Span) -> Result<Value<'r>, Error<'r>> {
    let bytes = text.as_bytes().get(span.start..span.end);
    call.str(bytes.unwrap_or_default())
}

/// Keeps a set for the next match, which often is of the same pattern.
#[inline]
fn keep_set(call: &Call<'_>, matcher: &Matcher<'_, '_>) {
    if let Some(set) = matcher.known_set() {
        call.state.known_set.set(set);
    }
}

/// Finds the one match that a call looks for, pays for it, and keeps what helps the next call.
#[inline]
fn only_match<'r>(
    call: &Call<'r>,
    matcher: &mut Matcher<'_, '_>,
    from: usize,
    last_end: Option<usize>,
    stopped: &Cell<Option<Error<'r>>>,
) -> Result<Option<Span>, Error<'r>> {
    let found = matcher.find(from, last_end);
    let found = found.map_err(|error| failure(call, error, stopped))?;
    call.charge(matcher.steps_pending())?;
    keep_set(call, matcher);
    Ok(found)
}

/// Answers with the captures of a match or, if it has none, with all of it.
#[inline]
fn reply_captures<'r>(
    call: &Call<'r>,
    matcher: &Matcher<'_, '_>,
    span: Span,
    stopped: &Cell<Option<Error<'r>>>,
) -> Result<Reply, Error<'r>> {
    if matcher.capture_count(true) == 1 {
        let capture = matcher.capture(0, span);
        let capture = capture.map_err(|error| failure(call, error, stopped))?;
        return call.one(captured(call, capture)?);
    }
    let count = stage_captures(call, matcher, span, 0, true, stopped)?;
    call.staged(count)
}

fn search_in<'r, const CAPTURES: usize, const SETS: usize>(
    call: &Call<'r>,
    text: Str<'r>,
    pattern: Str<'r>,
    start: usize,
    is_find: bool,
    mut scratch: Scratch<CAPTURES, SETS>,
) -> Result<Reply, Error<'r>> {
    let stopped = Cell::new(None);
    let mut meter = Fuel {
        state: call.state,
        error: &stopped,
    };
    let mut matcher = Matcher::new(
        text.as_bytes(),
        pattern.as_bytes(),
        &mut scratch,
        &mut meter,
    );
    let Some(span) = only_match(call, &mut matcher, start, None, &stopped)? else {
        return call.one(Value::NIL);
    };
    if is_find {
        let position = Value::int(span.start as i64 + 1);
        let end = Value::int(span.end as i64);
        if matcher.capture_count(false) == 0 {
            return call.two(position, end);
        }
        call.stage(0, position)?;
        call.stage(1, end)?;
        let count = stage_captures(call, &matcher, span, 2, false, &stopped)?;
        return call.staged(count);
    }
    reply_captures(call, &matcher, span, &stopped)
}

/// What the iterator of `gmatch` carries: text, pattern, where to go on, where the last match
/// ended (or nil), and what room the pattern needs.
const TEXT: usize = 0;
const PATTERN: usize = 1;
const NEXT: usize = 2;
const LAST_END: usize = 3;
const ROOM: usize = 4;

// The room that a pattern needs, as a value.
const TINY: i64 = Room::Tiny as i64;
const SMALL: i64 = Room::Small as i64;

pub(super) fn gmatch<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (text, pattern) = (call.string(1)?, call.string(2)?);
    let start = start_position(call.int_or(3, 1)?, text.len()) - 1;
    // After the end there is no match, be it empty.
    let start = start.min(text.len() + 1);
    call.state.charge_bytes(pattern.len())?;
    let carried = [
        text.to_value(),
        pattern.to_value(),
        Value::int(start as i64),
        Value::NIL,
        Value::int(Room::of(pattern.as_bytes()) as i64),
    ];
    let iterator = Native::new(&call.state.store, entry_of(gmatch_next), &carried)?;
    call.one(iterator.to_value())
}

/// The iterator that `gmatch` returns.
fn gmatch_next<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let Some(iterator) = call.callee() else {
        return call.none();
    };
    let carried = |index| iterator.captured(index);
    let (Some(text), Some(pattern)) = (carried(TEXT).as_str(), carried(PATTERN).as_str()) else {
        return call.none();
    };
    call.state.charge_bytes(pattern.len())?;
    if let Some(simple) = Simple::of(pattern.as_bytes()) {
        let start = carried(NEXT).as_int().unwrap_or(0) as usize;
        let Some(span) = find_simple(call, text, &simple, start)? else {
            return call.none();
        };
        iterator.set_captured(NEXT, Value::int(span.end as i64));
        return call.one(matched(call, text, span)?);
    }
    match carried(ROOM).as_int() {
        Some(TINY) => next_match(call, iterator, text, pattern, TinyScratch::tiny()),
        Some(SMALL) => {
            let scratch = SmallScratch::small().recall(call.state.known_set.get());
            next_match(call, iterator, text, pattern, scratch)
        }
        _ => next_match(call, iterator, text, pattern, Scratch::new()),
    }
}

fn next_match<'r, const CAPTURES: usize, const SETS: usize>(
    call: &Call<'r>,
    iterator: Native<'r>,
    text: Str<'r>,
    pattern: Str<'r>,
    mut scratch: Scratch<CAPTURES, SETS>,
) -> Result<Reply, Error<'r>> {
    let carried = |index| iterator.captured(index);
    let start = carried(NEXT).as_int().unwrap_or(0) as usize;
    let last_end = carried(LAST_END).as_int().map(|end| end as usize);
    let stopped = Cell::new(None);
    let mut meter = Fuel {
        state: call.state,
        error: &stopped,
    };
    let mut matcher = Matcher::unanchored(
        text.as_bytes(),
        pattern.as_bytes(),
        &mut scratch,
        &mut meter,
    );
    let Some(span) = only_match(call, &mut matcher, start, last_end, &stopped)? else {
        return call.none();
    };
    iterator.set_captured(NEXT, Value::int(span.end as i64));
    iterator.set_captured(LAST_END, Value::int(span.end as i64));
    reply_captures(call, &matcher, span, &stopped)
}

/// What `gsub` puts in the place of a match.
#[derive(Clone, Copy)]
enum Replacement<'r> {
    Text(Str<'r>),
    Table(Value<'r>),
    Function(Value<'r>),
}

pub(super) fn gsub<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    let (text, pattern) = (call.string(1)?, call.string(2)?);
    call.state.charge_bytes(pattern.len())?;
    let count_max = call.int_or(4, text.len() as i64 + 1)?;
    let given = call.arg(3);
    let replacement = match given.unpack() {
        Unpacked::Str(text) => Replacement::Text(text),
        Unpacked::Int(_) | Unpacked::Float(_) => Replacement::Text(call.string(3)?),
        Unpacked::Table(_) => Replacement::Table(given),
        Unpacked::Closure(_) | Unpacked::Native(_) => Replacement::Function(given),
        _ => return Err(call.type_error(3, "string/function/table")),
    };
    let texts = (text, pattern);
    match Room::of(pattern.as_bytes()) {
        Room::Tiny => replace(call, texts, count_max, replacement, TinyScratch::tiny()),
        Room::Small => {
            let scratch = SmallScratch::small().recall(call.state.known_set.get());
            replace(call, texts, count_max, replacement, scratch)
        }
        Room::Full => replace(call, texts, count_max, replacement, Scratch::new()),
    }
}

/// Replaces up to `count_max` matches of a pattern in a text.
fn replace<'r, const CAPTURES: usize, const SETS: usize>(
    call: &Call<'r>,
    (text, pattern): (Str<'r>, Str<'r>),
    count_max: i64,
    replacement: Replacement<'r>,
    mut scratch: Scratch<CAPTURES, SETS>,
) -> Result<Reply, Error<'r>> {
    let stopped = Cell::new(None);
    let mut meter = Fuel {
        state: call.state,
        error: &stopped,
    };
    let source = text.as_bytes();
    let mut matcher = Matcher::new(source, pattern.as_bytes(), &mut scratch, &mut meter);
    let mut result = Buffer::new_in(&call.state.store.heap);
    // How much of the source is in the result; where the last match ended.
    let (mut copied, mut last_end) = (0, None);
    let (mut count, mut is_changed) = (0, false);
    while count < count_max {
        let found = matcher.find(last_end.unwrap_or(0), last_end);
        let Some(span) = found.map_err(|error| failure(call, error, &stopped))? else {
            break;
        };
        count += 1;
        last_end = Some(span.end);
        // What stays as it is is copied with what follows it.
        let value = match replacement {
            Replacement::Text(_) => None,
            _ => Some(replacement_value(
                call,
                &matcher,
                span,
                replacement,
                &stopped,
            )?),
        };
        if !matches!(value, Some(None)) {
            if copied < span.start {
                result.extend(source.get(copied..span.start).unwrap_or_default())?;
            }
            copied = span.end;
            is_changed = true;
        }
        match (replacement, value) {
            (Replacement::Text(text), _) => {
                let before = result.len();
                let expanded = matcher.expand(span, text.as_bytes(), &mut result);
                // Paid for even if an error is all that comes of it.
                call.state.charge_bytes(result.len() - before)?;
                expanded.map_err(|error| match error {
                    ExpandError::Pattern(error) => failure(call, error, &stopped),
                    ExpandError::Memory(error) => error.into(),
                })?;
            }
            (_, Some(Some(value))) => {
                call.state.charge_bytes(value.len())?;
                result.extend(value.as_bytes())?;
            }
            _ => {}
        }
        if matcher.is_anchored() {
            break;
        }
    }
    call.charge(matcher.steps_pending())?;
    keep_set(call, &matcher);
    let count = Value::int(count);
    if !is_changed {
        return call.two(text.to_value(), count);
    }
    call.two(replaced(call, text, copied, result)?, count)
}

/// The text with all that was replaced in it; `result` has it up to where `copied` is in the text.
fn replaced<'r>(
    call: &Call<'r>,
    text: Str<'r>,
    copied: usize,
    mut result: Buffer<'r>,
) -> Result<Value<'r>, Error<'r>> {
    let rest = text.as_bytes().get(copied..).unwrap_or_default();
    if result.is_empty() {
        // Something was cut off in front, and nothing else: what is left is there already.
        call.state.charge_bytes(rest.len())?;
        return call.str(rest);
    }
    result.extend(rest)?;
    call.state.charge_bytes(result.len())?;
    call.str(&result)
}

/// What a table or a function puts in the place of a match; none if the match is to stay.
fn replacement_value<'r>(
    call: &Call<'r>,
    matcher: &Matcher<'_, '_>,
    span: Span,
    replacement: Replacement<'r>,
    stopped: &Cell<Option<Error<'r>>>,
) -> Result<Option<Str<'r>>, Error<'r>> {
    let capture = |index| {
        let capture = matcher.capture(index, span);
        captured(
            call,
            capture.map_err(|error| failure(call, error, stopped))?,
        )
    };
    let value = match replacement {
        Replacement::Text(text) => return Ok(Some(text)),
        Replacement::Table(table) => call.state.index(table, capture(0)?)?,
        Replacement::Function(function) => {
            let mut args = [Value::NIL; CAPTURE_MAX];
            let count = matcher.capture_count(true);
            for (index, arg) in args.iter_mut().take(count).enumerate() {
                *arg = capture(index)?;
            }
            call.call(function, args.get(..count).unwrap_or_default())?
        }
    };
    match value.as_str() {
        Some(text) => Ok(Some(text)),
        None if value.is_falsy() => Ok(None),
        None if value.is_number() => Ok(Some(call.state.number_text(value)?)),
        None => Err(call.error_parts(&[
            b"invalid replacement value (a ",
            value.type_name().as_bytes(),
            b")",
        ])),
    }
}
