//! Tracebacks: the frames of a thread as lines, in PUC Lua's words.
#![forbid(unsafe_code)]
//!
//! A traceback is drawn when something has gone wrong, perhaps for want of memory: it is measured
//! first and then written into one string, so it asks for exactly what it needs, once, and leaves
//! nothing behind if that is refused.

use crate::error::Error;
use crate::value::{Frame, Str, Table, Thread, Value};

use super::call::{IS_HIDDEN, IS_TAIL_CALL};
use super::finalize::IS_FINALIZER;
use super::names::{Message, push_source};
use super::state::State;
use super::symbols::{self, Symbol};

/// How many of the newest frames are shown when there are too many to show all.
const NEWEST_SHOWN: usize = 10;
/// How many of the oldest frames are shown then.
const OLDEST_SHOWN: usize = 11;
/// The largest number of frames that is shown: one more than both, when there is nothing to skip.
const SHOWN_MAX: usize = NEWEST_SHOWN + OLDEST_SHOWN + 1;

/// Which frames are shown: the newest ones, and after a gap the oldest ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Plan {
    /// How many frames there are from the first level on.
    count: usize,
    /// How many are left out after the newest ones.
    skipped: usize,
}

impl Plan {
    fn new(frame_count: usize, level: usize) -> Self {
        let count = frame_count.saturating_sub(level);
        let skipped = if count > SHOWN_MAX {
            count - NEWEST_SHOWN - OLDEST_SHOWN
        } else {
            0
        };
        Self { count, skipped }
    }

    /// The indices of the frames that are shown, newest first; frames are counted from the oldest.
    fn indices(self) -> impl Iterator<Item = usize> {
        let end = if self.skipped > 0 {
            NEWEST_SHOWN
        } else {
            self.count
        };
        (0..end)
            .chain(end + self.skipped..self.count)
            .map(move |level| self.count - 1 - level)
    }
}

/// What a function of the libraries is called: `module.name`, without module for globals.
#[derive(Clone, Copy)]
pub(crate) struct LibraryName<'r> {
    pub(crate) module: Option<Str<'r>>,
    pub(crate) name: Str<'r>,
}

/// A frame that is shown.
#[derive(Clone, Copy)]
struct Line<'r> {
    frame: Frame,
    library_name: Option<LibraryName<'r>>,
    /// What the code that called it calls it.
    symbol: Option<Symbol>,
}

impl<'r> State<'r> {
    /// As [`State::traceback`], for scripts, with levels as they count them: 0 is the host function
    /// that runs, on the running thread.
    ///
    /// # Errors
    /// There is no room for it; or fuel, deadline or cancel ends the run.
    pub(crate) fn traceback_of(
        &self,
        thread: Thread<'r>,
        level: i64,
        message: Option<Str<'r>>,
    ) -> Result<Str<'r>, Error<'r>> {
        let level = usize::try_from(level).unwrap_or(usize::MAX);
        // All frames are looked at for hidden ones; where there are some, once more for each line.
        let looks = match hidden_count(thread) {
            0 => 1,
            _ => 1 + SHOWN_MAX,
        };
        self.charge_nodes(thread.frame_count() * looks)?;
        let is_running = thread.is(self.thread());
        let text = if is_running && level == 0 {
            self.note_native(thread);
            let text = self.traceback(thread, 0, message);
            thread.pop_frame();
            text
        } else {
            self.traceback(thread, level - usize::from(is_running), message)
        }?;
        self.charge_bytes(text.len())?;
        Ok(text)
    }

    /// The call path of `thread` from `level` up (0 is its newest frame), after `message`.
    ///
    /// # Errors
    /// There is no room for it.
    pub(crate) fn traceback(
        &self,
        thread: Thread<'r>,
        level: usize,
        message: Option<Str<'r>>,
    ) -> Result<Str<'r>, Error<'r>> {
        let hidden = hidden_count(thread);
        let plan = Plan::new(thread.frame_count() - hidden, level);
        let mut lines = [None; SHOWN_MAX];
        let mut functions = [Value::NIL; SHOWN_MAX];
        for ((line, function), index) in lines.iter_mut().zip(&mut functions).zip(plan.indices()) {
            let Some((index, frame)) = shown_frame(thread, index, hidden) else {
                break;
            };
            *function = function_of(&frame);
            self.charge_reading(caller_pc(thread, index));
            *line = Some(Line {
                frame,
                library_name: None,
                symbol: called_name(thread, index),
            });
        }
        let mut names = [None; SHOWN_MAX];
        let shown = plan.indices().count().min(SHOWN_MAX);
        self.find_library_names(&functions[..shown], &mut names);
        for (line, name) in lines.iter_mut().flatten().zip(names) {
            line.library_name = name;
        }
        let mut len = 0;
        write_all(message, plan, &lines, &mut |part| len += part.len());
        let text = Str::build(&self.store, len, |text| {
            let mut rest = text;
            write_all(message, plan, &lines, &mut |part| {
                let (here, after) = core::mem::take(&mut rest).split_at_mut(part.len());
                here.copy_from_slice(part);
                rest = after;
            });
        })?;
        Ok(text)
    }

    /// Looks `functions` up in the loaded modules, in one pass over them; the global name is the
    /// one that users know best. Gives up when the run has no fuel left for it.
    pub(crate) fn find_library_names(
        &self,
        functions: &[Value<'r>],
        names: &mut [Option<LibraryName<'r>>],
    ) {
        let loaded = self.registry().raw_get_str(Str::literal("_LOADED"));
        let Some(loaded) = loaded.as_table() else {
            return;
        };
        // Most frames run functions of the script, and most fields hold other functions: one look
        // at the addresses tells.
        let mut note = |module: Option<Str<'r>>, name: Str<'r>, value: Value<'r>| {
            if !value.is_function() {
                return;
            }
            let found = functions
                .iter()
                .zip(&mut *names)
                .filter(|(function, _)| value.is_same(**function));
            for (_, known) in found {
                let is_global = module.is_some_and(|module| module.as_bytes() == b"_G");
                if known.is_none() || is_global {
                    let module = module.filter(|_| !is_global);
                    *known = Some(LibraryName { module, name });
                }
            }
        };
        self.each_named(loaded, |name, value| {
            note(None, name, value);
            match value.as_table() {
                Some(module) => self.each_named(module, |key, value| {
                    note(Some(name), key, value);
                    true
                }),
                None => true,
            }
        });
    }

    /// Hands over the fields of `table` whose keys are strings until `visit` says to stop; says
    /// whether it went to the end. Each field charges fuel.
    fn each_named(
        &self,
        table: Table<'r>,
        mut visit: impl FnMut(Str<'r>, Value<'r>) -> bool,
    ) -> bool {
        let mut key = Value::NIL;
        while let Ok(Some((next, value))) = table.next(key) {
            if !self.charge_late(1) {
                return false;
            }
            key = next;
            let goes_on = key.as_str().is_none_or(|name| visit(name, value));
            if !goes_on {
                return false;
            }
        }
        true
    }
}

/// The function that a frame runs, or nil if it is the host's own.
pub(super) fn function_of<'r>(frame: &Frame) -> Value<'r> {
    match (frame.closure(), frame.native()) {
        (Some(closure), _) => closure.to_value(),
        (_, Some(native)) => native.to_value(),
        _ => Value::NIL,
    }
}

/// How many frames of `thread` are no levels: hooks and finalizers run above them.
fn hidden_count(thread: Thread<'_>) -> usize {
    (0..thread.frame_count())
        .filter_map(|index| thread.frame(index))
        .filter(|frame| frame.flags & IS_HIDDEN != 0)
        .count()
}

/// The frame that is the `nth` level from the oldest, and its index.
fn shown_frame(thread: Thread<'_>, nth: usize, hidden: usize) -> Option<(usize, Frame)> {
    if hidden == 0 {
        return thread.frame(nth).map(|frame| (nth, frame));
    }
    (0..thread.frame_count())
        .filter_map(|index| thread.frame(index).map(|frame| (index, frame)))
        .filter(|(_, frame)| frame.flags & IS_HIDDEN == 0)
        .nth(nth)
}

/// How far the code has come that called the function of the frame at `index`: as much is read to
/// find what it calls it.
pub(super) fn caller_pc(thread: Thread<'_>, index: usize) -> usize {
    let caller = index.checked_sub(1).and_then(|below| thread.frame(below));
    let closure = caller.and_then(|caller| Some((caller, caller.closure()?)));
    closure.map_or(0, |(caller, closure)| {
        caller.current_pc(closure.proto().get())
    })
}

/// What the code that called the function of the frame at `index` calls it. A frame that took the
/// place of its caller was called by code that is gone.
pub(super) fn called_name(thread: Thread<'_>, index: usize) -> Option<Symbol> {
    let frame = thread.frame(index)?;
    if frame.flags & IS_TAIL_CALL != 0 {
        return None;
    }
    let caller = thread.frame(index.checked_sub(1)?)?;
    if caller.flags & IS_HIDDEN != 0 {
        let is_finalizer = caller.flags & IS_FINALIZER != 0;
        return Some(if is_finalizer {
            Symbol::FINALIZER
        } else {
            Symbol::HOOK
        });
    }
    let proto = caller.closure()?.proto();
    symbols::called_function(proto.get(), caller.current_pc(proto.get()))
}

fn write_all(
    message: Option<Str<'_>>,
    plan: Plan,
    lines: &[Option<Line<'_>>],
    out: &mut dyn FnMut(&[u8]),
) {
    if let Some(message) = message {
        out(message.as_bytes());
        out(b"\n");
    }
    out(b"stack traceback:");
    for (position, line) in lines.iter().flatten().enumerate() {
        if plan.skipped > 0 && position == NEWEST_SHOWN {
            let mut gap = Message::new();
            gap.push(b"\n\t...\t(skipping ")
                .push_number(plan.skipped as u64);
            out(gap.push(b" levels)").as_bytes());
        }
        write_line(line, out);
    }
}

fn write_line(line: &Line<'_>, out: &mut dyn FnMut(&[u8])) {
    let proto = line.frame.closure().map(|closure| closure.proto());
    let mut place = Message::new();
    place.push(b"\n\t");
    match proto {
        Some(proto) => {
            push_source(&mut place, proto.get());
            let number = proto.line_at(line.frame.current_pc(proto.get()));
            if number > 0 {
                place.push(b":").push_number(number.into());
            }
        }
        None => {
            place.push(b"[C]");
        }
    }
    out(place.push(b": in ").as_bytes());
    match (line.library_name, line.symbol, proto) {
        (Some(known), _, _) => {
            out(b"function '");
            if let Some(module) = known.module {
                out(module.as_bytes());
                out(b".");
            }
            out(known.name.as_bytes());
            out(b"'");
        }
        (_, Some(symbol), _) => {
            out(symbol.kind.as_bytes());
            out(b" '");
            out(symbol.text());
            out(b"'");
        }
        (_, _, Some(proto)) if proto.line_defined == 0 => out(b"main chunk"),
        (_, _, Some(proto)) => {
            let mut place = Message::new();
            place.push(b"function <");
            push_source(&mut place, proto.get());
            place.push(b":").push_number(proto.line_defined.into());
            out(place.push(b">").as_bytes());
        }
        _ => out(b"?"),
    }
    if line.frame.flags & IS_TAIL_CALL != 0 {
        out(b"\n\t(...tail calls...)");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(frame_count: usize, level: usize, skipped: usize, expected: &[usize]) {
        let plan = Plan::new(frame_count, level);
        assert_eq!(plan.skipped, skipped);
        assert_eq!(plan.indices().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_newest_and_the_oldest_frames_are_shown() {
        check(0, 0, 0, &[]);
        check(1, 1, 0, &[]);
        check(1, 9, 0, &[]);
        check(3, 0, 0, &[2, 1, 0]);
        check(3, 1, 0, &[1, 0]);
        let all: Vec<_> = (0..22).rev().collect();
        check(22, 0, 0, &all);
        let shown: Vec<_> = (13..23).rev().chain((0..11).rev()).collect();
        check(23, 0, 2, &shown);
        check(25, 2, 2, &shown);
        let shown: Vec<_> = (90..100).rev().chain((0..11).rev()).collect();
        check(100, 0, 79, &shown);
    }
}
