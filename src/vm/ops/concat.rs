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
        let mut len = 0usize;
        for index in from..from + count {
            let value = thread.get(index);
            if !value.is_str() {
                // Turned into text in place: a number's text fits the slot it came from.
                thread.set(index, self.number_text(value)?.to_value());
            }
            len = len.saturating_add(thread.get(index).as_str().map_or(0, Str::len));
        }
        if len > isize::MAX as usize / 8 {
            return Err(AllocError::new(Bound::Request, len).into());
        }
        self.charge_bytes(len)?;
        if len <= SHORT_MAX {
            let mut text = [0u8; SHORT_MAX];
            let mut end = 0;
            for index in from..from + count {
                let Some(part) = thread.get(index).as_str() else {
                    continue;
                };
                text[end..end + part.len()].copy_from_slice(part.as_bytes());
                end += part.len();
            }
            return Ok(Value::short(&text[..len]).unwrap_or_default());
        }
        let joined = Str::build(&self.store, len, |text| {
            let mut rest = text;
            for index in from..from + count {
                let Some(part) = thread.get(index).as_str() else {
                    continue;
                };
                let (here, after) = rest.split_at_mut(part.len());
                here.copy_from_slice(part.as_bytes());
                rest = after;
            }
        })?;
        Ok(joined.to_value())
    }

    /// Charges fuel for moving `bytes` bytes.
    #[inline]
    pub(crate) fn charge_bytes(&self, bytes: usize) -> Result<(), Error<'r>> {
        if bytes < 1024 {
            Ok(())
        } else {
            self.charge(bytes as u64 / 1024)
        }
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

fn is_text(value: Value<'_>) -> bool {
    value.is_str() || value.is_number()
}
