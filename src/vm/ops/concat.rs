//! Concatenation: runs of strings and numbers in one copy, metamethods for the rest.
#![allow(unsafe_code)]

use crate::bytecode::Instruction;
use crate::error::Error;
use crate::memory::{AllocError, Bound};
use crate::value::{SHORT_MAX, Str, Unpacked, Value, number};
use crate::vm::call::{Flow, OnReturn, Ret};
use crate::vm::metamethod::Event;
use crate::vm::names::Operand;
use crate::vm::state::State;

impl<'r> State<'r> {
    /// Concatenates `count` registers of the newest frame from `first` on, into `first`.
    ///
    /// # Errors
    /// An operand is neither string nor number and has no metamethod, or there is no room.
    #[inline(never)]
    pub(crate) fn concat(&self, first: usize, count: usize) -> Result<Flow, Error<'r>> {
        let base = self.frame_base();
        let thread = self.thread();
        // SAFETY: the operands are registers of the newest frame.
        let operands = unsafe { self.registers(base + first, count) };
        if let Some(len) = text_len(operands) {
            let joined = self.join_texts(operands, len)?;
            thread.set(base + first, joined);
            return Ok(Flow::Next);
        }
        let mut count = count;
        while count > 1 {
            let last = base + first + count - 1;
            let (left, right) = (thread.get(last - 1), thread.get(last));
            if !is_text(left) || !is_text(right) {
                let mut handler = self.metamethod(left, Event::Concat);
                if handler.is_nil() {
                    handler = self.metamethod(right, Event::Concat);
                }
                if handler.is_nil() {
                    return Err(self.concat_error(first + count - 2, left, right));
                }
                let operand = (count - 1) as u8;
                let ret = Ret {
                    func: 0,
                    want: 1,
                    on_return: OnReturn::Concat,
                    operand,
                };
                return self.call_handler(handler, &[left, right], ret);
            }
            // All strings and numbers from the right end at once.
            let mut run = 2;
            while run < count && is_text(thread.get(last - run)) {
                run += 1;
            }
            let joined = self.join(last + 1 - run, run)?;
            thread.set(last + 1 - run, joined);
            count -= run - 1;
        }
        Ok(Flow::Next)
    }

    /// Goes on after a metamethod gave `value` for the last two of `count + 1` operands.
    pub(crate) fn resume_concat(&self, value: Value<'r>, count: usize) -> Result<Flow, Error<'r>> {
        let frame = self.newest();
        // SAFETY: the newest frame is the Lua function whose concatenation was under way.
        let instruction = unsafe { (*frame).pc.sub(1).cast::<Instruction>().read() };
        let first = instruction.a();
        self.set_register(first + count - 1, value);
        match self.concat(first, count)? {
            Flow::Next => Ok(Flow::Frame),
            flow => Ok(flow),
        }
    }

    fn frame_base(&self) -> usize {
        // SAFETY: the newest frame is the Lua function that runs (L1).
        unsafe { (*self.newest()).base as usize }
    }

    /// One string out of `count` strings and numbers on the stack.
    fn join(&self, from: usize, count: usize) -> Result<Value<'r>, Error<'r>> {
        let thread = self.thread();
        for index in from..from + count {
            let value = thread.get(index);
            if !value.is_str() {
                // Turned into text in place: a number's text fits the slot it came from.
                thread.set(index, self.number_text(value)?.to_value());
            }
        }
        // SAFETY: the operands are registers of the newest frame.
        let operands = unsafe { self.registers(from, count) };
        self.join_texts(operands, text_len(operands).unwrap_or(0))
    }

    /// `count` slots of the stack, as they are until something is called or written to them.
    ///
    /// # Safety
    /// They lie within the stack; nothing writes to them or moves the stack as long as the slice
    /// is used.
    #[inline(always)]
    unsafe fn registers<'s>(&self, from: usize, count: usize) -> &'s [Value<'r>] {
        // SAFETY: the caller's promise; all slots are initialised (K1).
        unsafe {
            let first = self.thread().object().slot_at(from);
            core::slice::from_raw_parts(first.cast_const(), count)
        }
    }

    /// One string out of strings whose texts are `len` bytes together.
    #[inline]
    fn join_texts(&self, texts: &[Value<'r>], len: usize) -> Result<Value<'r>, Error<'r>> {
        if len <= SHORT_MAX {
            return Ok(Str::join_short(texts));
        }
        if len > isize::MAX as usize / 8 {
            return Err(AllocError::new(Bound::Request, len).into());
        }
        self.charge_bytes(len)?;
        let joined = Str::fill(&self.store, len, |text| {
            for part in texts {
                if let Some(part) = part.as_str() {
                    text.push(part);
                }
            }
        })?;
        Ok(joined.to_value())
    }

    /// A number as Lua writes it.
    pub(crate) fn number_text(&self, value: Value<'r>) -> Result<Str<'r>, Error<'r>> {
        let mut buffer = [0u8; number::NUMBER_TEXT_MAX];
        let text = match value.unpack() {
            Unpacked::Int(int) => number::write_int(int, &mut buffer),
            Unpacked::Float(float) => number::write_float(float, &mut buffer),
            _ => b"",
        };
        self.str(text)
    }

    fn concat_error(&self, register: usize, left: Value<'r>, right: Value<'r>) -> Error<'r> {
        if is_text(left) {
            self.type_error("concatenate", right, Operand::Register(register + 1))
        } else {
            self.type_error("concatenate", left, Operand::Register(register))
        }
    }
}

/// How long the texts of `values` are together, if all are strings.
#[inline]
fn text_len(values: &[Value<'_>]) -> Option<usize> {
    let mut len = 0usize;
    for value in values {
        len = len.saturating_add(value.as_str()?.len());
    }
    Some(len)
}

#[inline]
fn is_text(value: Value<'_>) -> bool {
    value.is_str() || value.is_number()
}
