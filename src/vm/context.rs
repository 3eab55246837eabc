//! Contexts: notes of what is being done, which errors raised meanwhile carry.
#![forbid(unsafe_code)]
//!
//! - **CX1** A host's notes lie in a fixed place of the state: opening one neither asks for memory
//!   nor fails. What does not fit is cut.
//! - **CX2** A script's notes are the first arguments of `debug.context` calls in progress. They
//!   are found on the stacks when an error is raised, and cost nothing before.
//! - **CX3** A note of a host remembers how many runs were in progress, so that the two sorts can
//!   be told in order, outermost first.

use core::cell::Cell;
use core::fmt::{self, Write};

use super::call::FrameKind;
use super::native::{Call, Protection, Reply, entry_of};
use super::state::State;
use crate::error::{Error, build_notes};
use crate::value::{FixedNative, Thread};

/// Bytes for the notes of the host that are open at a time, three of them a note's own.
const NOTES_BYTES: usize = 512;
/// Bytes before each note: its depth, and its length as two bytes.
const HEAD_BYTES: usize = 3;
/// What stands for the end of a note that was cut.
const CUT: &[u8] = b"...";
/// How many frames of a thread, the newest, are searched for notes of scripts.
const FRAMES_MAX: usize = 4096;
/// How many threads that wait for each other are searched for notes.
const THREADS_MAX: usize = 200;

/// `debug.context`: calls a function, and notes what for.
pub(crate) static CONTEXT: FixedNative = FixedNative::new(13, "context", entry_of(context));

fn context<'r>(call: &Call<'r>) -> Result<Reply, Error<'r>> {
    call.string(1)?;
    call.any(2)?;
    call.state.contexts.is_scripted.set(true);
    call.invoke_arg(2, Protection::None)
}

/// The notes of the host that are open.
pub(crate) struct ContextStack {
    bytes: [Cell<u8>; NOTES_BYTES],
    len: Cell<u16>,
    /// Whether a script ever opened a note, so that stacks are worth a search.
    is_scripted: Cell<bool>,
}

impl ContextStack {
    pub(super) const fn new() -> Self {
        Self {
            bytes: [const { Cell::new(0) }; NOTES_BYTES],
            len: Cell::new(0),
            is_scripted: Cell::new(false),
        }
    }

    /// Opens a note, and returns what to close it with.
    fn push(&self, depth: u32, note: &dyn fmt::Display) -> u16 {
        let before = self.len.get();
        let start = before as usize + HEAD_BYTES;
        if start > NOTES_BYTES {
            return before;
        }
        let mut writer = Writer {
            stack: self,
            at: start,
            is_cut: false,
        };
        // A note that cannot be written in full is cut.
        let _ = writer.write_fmt(format_args!("{note}"));
        let end = writer.at;
        if writer.is_cut {
            let tail = end.saturating_sub(CUT.len()).max(start);
            for (cell, byte) in self.bytes[tail..end].iter().zip(CUT) {
                cell.set(*byte);
            }
        }
        let [low, high] = ((end - start) as u16).to_le_bytes();
        let head = [depth.min(255) as u8, low, high];
        for (cell, byte) in self.bytes[before as usize..].iter().zip(head) {
            cell.set(byte);
        }
        self.len.set(end as u16);
        before
    }

    /// Closes the notes that were opened since [`ContextStack::push`] returned `before`.
    fn truncate(&self, before: u16) {
        self.len.set(self.len.get().min(before));
    }

    fn is_empty(&self) -> bool {
        self.len.get() == 0
    }

    /// Hands over the notes from `from` on that were opened when at most `depth` runs were in
    /// progress; returns where it stopped.
    fn each_until(&self, from: usize, depth: usize, visit: &mut dyn FnMut(&[u8])) -> usize {
        let mut at = from;
        while at < self.len.get() as usize {
            let byte = |offset: usize| self.bytes[at + offset].get();
            if usize::from(byte(0)) > depth {
                break;
            }
            let len = u16::from_le_bytes([byte(1), byte(2)]) as usize;
            let start = at + HEAD_BYTES;
            let mut text = [0; NOTES_BYTES];
            for (to, from) in text.iter_mut().zip(&self.bytes[start..start + len]) {
                *to = from.get();
            }
            visit(&text[..len]);
            at = start + len;
        }
        at
    }
}

/// Writes a note while there is room.
struct Writer<'a> {
    stack: &'a ContextStack,
    at: usize,
    is_cut: bool,
}

impl Write for Writer<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = &self.stack.bytes[self.at..];
        for (cell, byte) in room.iter().zip(text.bytes()) {
            cell.set(byte);
        }
        self.is_cut |= room.len() < text.len();
        self.at += room.len().min(text.len());
        Ok(())
    }
}

impl<'r> State<'r> {
    /// Opens a note of the host; [`State::close_context`] gets what it returns.
    pub(crate) fn open_context(&self, note: &dyn fmt::Display) -> u16 {
        self.contexts.push(self.host_depth.get(), note)
    }

    /// Closes a note, and those that were opened after it.
    pub(crate) fn close_context(&self, before: u16) {
        self.contexts.truncate(before);
    }

    /// Notes in `error` what was being done, unless it says so already, or has no payload. Where
    /// there is no room for that it is left out.
    pub(crate) fn add_contexts(&self, error: &Error<'r>) {
        if !error.has_payload() || error.details().contexts.is_some() {
            return;
        }
        let is_empty = Cell::new(self.contexts.is_empty());
        if is_empty.get() && self.contexts.is_scripted.get() {
            self.each_context(&mut |_| is_empty.set(false));
        }
        if is_empty.get() {
            return;
        }
        if let Ok(list) = build_notes(&self.store, |each| self.each_context(each)) {
            error.update(|details| details.contexts = Some(list));
        }
    }

    /// Hands over all open notes, outermost first.
    fn each_context(&self, visit: &mut dyn FnMut(&[u8])) {
        let (mut host_at, mut depth) = (0, 0);
        let native = CONTEXT.native().as_ptr();
        let thread_count = match self.contexts.is_scripted.get() {
            true => self.chain_len(),
            false => 0,
        };
        for index in (0..thread_count).rev() {
            let Some(thread) = self.chained(index) else {
                break;
            };
            let count = thread.frame_count();
            let frames = count.saturating_sub(FRAMES_MAX)..count;
            for frame in frames.map_while(|index| thread.frame(index)) {
                match frame.kind() {
                    FrameKind::Entry => {
                        host_at = self.contexts.each_until(host_at, depth, visit);
                        depth += 1;
                    }
                    FrameKind::Native if frame.callee == native => {
                        let note = thread.get(frame.func as usize + 1);
                        if let Some(text) = note.as_str() {
                            visit(text.as_bytes());
                        }
                    }
                    _ => {}
                }
            }
        }
        self.contexts.each_until(host_at, usize::MAX, visit);
    }

    /// How many threads wait for each other, the running one included.
    fn chain_len(&self) -> usize {
        let mut len = 1;
        let mut thread = self.thread();
        while let Some(resumer) = thread.object().resumer.get()
            && len < THREADS_MAX
        {
            thread = resumer;
            len += 1;
        }
        len
    }

    /// The thread that is `distance` resumers away from the running one.
    fn chained(&self, distance: usize) -> Option<Thread<'r>> {
        let mut thread = self.thread();
        for _ in 0..distance {
            thread = thread.object().resumer.get()?;
        }
        Some(thread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(stack: &ContextStack) -> Vec<String> {
        let mut texts = Vec::new();
        let mut visit = |text: &[u8]| texts.push(String::from_utf8_lossy(text).into_owned());
        stack.each_until(0, usize::MAX, &mut visit);
        texts
    }

    #[test]
    fn notes_are_closed_in_any_order() {
        let stack = ContextStack::new();
        let first = stack.push(0, &"first");
        let second = stack.push(1, &format_args!("second {}", 2));
        assert_eq!(texts(&stack), ["first", "second 2"]);
        stack.truncate(first);
        stack.truncate(second);
        assert!(texts(&stack).is_empty());
    }

    #[test]
    fn what_does_not_fit_is_cut() {
        let stack = ContextStack::new();
        stack.push(0, &"x".repeat(300));
        let second = stack.push(0, &"y".repeat(300));
        let third = stack.push(0, &"z");
        let found = texts(&stack);
        assert_eq!(found.len(), 2);
        assert!(found[1].ends_with("y..."), "{}", found[1]);
        stack.truncate(third);
        stack.truncate(second);
        assert_eq!(texts(&stack).len(), 1);
    }
}
