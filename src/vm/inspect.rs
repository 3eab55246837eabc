//! Calls in progress, as `debug` sees them.
#![forbid(unsafe_code)]
//!
//! - **D1** Level 0 of the running thread is the host function that runs, which has no frame; the
//!   frames follow, newest first. On other threads level 0 is the newest frame.
//! - **D2** The frame that the call of a hook or finalizer stands on is no level.

use super::call::{IS_HIDDEN, IS_TAIL_CALL};
use super::finalize::IS_FINALIZER;
use super::state::State;
use super::symbols::{self, Symbol};
use super::traceback::{called_name, caller_pc};
use crate::error::Error;
use crate::value::{Closure, Frame, Str, Thread, Value};

/// A call in progress.
#[derive(Clone, Copy)]
pub(crate) struct Activation<'r> {
    thread: Thread<'r>,
    /// The function that runs.
    pub(crate) function: Value<'r>,
    /// Where its frame is; none for a host function that runs now.
    index: Option<usize>,
    /// Where its slots begin, and where the next call's begin.
    base: usize,
    limit: usize,
}

/// A local variable: its name and its slot on the thread's stack.
#[derive(Clone, Copy)]
pub(crate) struct LocalSlot<'r> {
    pub(crate) name: Str<'r>,
    thread: Thread<'r>,
    slot: usize,
}

impl<'r> LocalSlot<'r> {
    /// The value.
    pub(crate) fn get(&self) -> Value<'r> {
        let value = self.thread.get(self.slot);
        // A loop keeps a hint beside its nil.
        if value.is_nil() { Value::NIL } else { value }
    }

    /// Sets the variable.
    pub(crate) fn set(&self, value: Value<'r>) {
        self.thread.set(self.slot, value);
    }
}

/// The name of the `number`th (from 1) parameter of a function that does not run.
pub(crate) fn parameter_name<'r>(closure: Closure<'r>, number: i64) -> Option<Str<'r>> {
    let index = usize::try_from(number.checked_sub(1)?).ok()?;
    closure.local_name(index, 0)
}

impl<'r> State<'r> {
    /// The index of the frame at `level` of `thread`, counted from 0 at the newest.
    pub(super) fn frame_index(&self, thread: Thread<'r>, level: usize) -> Option<usize> {
        let mut left = level;
        for index in (0..thread.frame_count()).rev() {
            if thread.frame(index)?.flags & IS_HIDDEN != 0 {
                continue;
            }
            if left == 0 {
                return Some(index);
            }
            left -= 1;
        }
        None
    }

    /// The call at `level` of `thread` (D1), for a script.
    ///
    /// # Errors
    /// Fuel, deadline or cancel ends the run: going there takes long where there are many.
    pub(crate) fn activation(
        &self,
        thread: Thread<'r>,
        level: i64,
    ) -> Result<Option<Activation<'r>>, Error<'r>> {
        let Ok(level) = usize::try_from(level) else {
            return Ok(None);
        };
        self.charge_levels(thread, level)?;
        Ok(self.activation_at(thread, level))
    }

    fn activation_at(&self, thread: Thread<'r>, level: usize) -> Option<Activation<'r>> {
        let is_running = thread.is(self.thread());
        let native_slot = self.native_slot.get() as usize;
        if is_running && level == 0 {
            return Some(Activation {
                thread,
                function: thread.get(native_slot),
                index: None,
                base: native_slot + 1,
                limit: thread.object().top.get() as usize,
            });
        }
        let index = self.frame_index(thread, level - usize::from(is_running))?;
        let frame = thread.frame(index)?;
        let next = thread.frame(index + 1).map(|next| next.func as usize);
        let limit = match next {
            Some(next) => next,
            None if is_running => native_slot,
            None => (frame.top as usize).max(thread.object().top.get() as usize),
        };
        Some(Activation {
            thread,
            function: super::traceback::function_of(&frame),
            index: Some(index),
            base: frame.base as usize,
            limit,
        })
    }

    /// What the code that called it calls the function of `activation`.
    pub(crate) fn name_of(&self, activation: &Activation<'r>) -> Option<Symbol> {
        match activation.index {
            Some(index) => {
                self.charge_reading(caller_pc(activation.thread, index));
                called_name(activation.thread, index)
            }
            None => self.called_name(),
        }
    }
}

impl<'r> Activation<'r> {
    fn frame(&self) -> Option<Frame> {
        self.thread.frame(self.index?)
    }

    /// The function and the index of its current instruction, if it is a Lua function.
    fn lua(&self) -> Option<(Frame, Closure<'r>, usize)> {
        let frame = self.frame()?;
        let closure = frame.closure()?;
        Some((frame, closure, frame.current_pc(closure.proto().get())))
    }

    /// Whether the call above is a hook's, which was called for this one.
    pub(crate) fn is_below_hook(&self) -> bool {
        let above = self.index.and_then(|index| self.thread.frame(index + 1));
        above.is_some_and(|frame| frame.flags & (IS_HIDDEN | IS_FINALIZER) == IS_HIDDEN)
    }

    /// The line that is being carried out; -1 for host functions.
    pub(crate) fn line(&self) -> i64 {
        match self.lua() {
            Some((_, closure, pc)) if !closure.proto().is_stripped() => {
                closure.proto().line_at(pc).into()
            }
            _ => -1,
        }
    }

    /// Whether it took the place of its caller.
    pub(crate) fn is_tail_call(&self) -> bool {
        self.frame()
            .is_some_and(|frame| frame.flags & IS_TAIL_CALL != 0)
    }

    /// Whether a numeric loop keeps its state in the local variable of that number. The loop looks
    /// at no types once it runs: only numbers may be put there.
    ///
    /// # Errors
    /// Fuel, deadline or cancel ends the run.
    pub(crate) fn is_loop_state(&self, state: &State<'r>, number: i64) -> Result<bool, Error<'r>> {
        let register = number.checked_sub(1).map(usize::try_from);
        let (Some((_, closure, pc)), Some(Ok(register))) = (self.lua(), register) else {
            return Ok(false);
        };
        let proto = closure.proto().get();
        state.charge_nodes(proto.code.as_slice().len())?;
        Ok(symbols::is_loop_state(proto, pc, register))
    }

    /// The local variable of that number: parameters, variables and temporaries from 1 up, extra
    /// arguments from -1 down.
    pub(crate) fn local(&self, number: i64) -> Option<LocalSlot<'r>> {
        let found = |name, slot| {
            Some(LocalSlot {
                name,
                thread: self.thread,
                slot,
            })
        };
        let lua = self.lua();
        if number < 0 {
            let (frame, closure, _) = lua?;
            // Only frames of vararg functions have the count.
            if !closure.proto().is_vararg {
                return None;
            }
            let extra = usize::try_from(number.checked_neg()?).ok()?;
            let count = frame.vararg_count as usize;
            let slot = self.base - 1 - count + extra.checked_sub(1)?;
            return (extra <= count)
                .then_some(())
                .and_then(|()| found(Str::literal("(vararg)"), slot));
        }
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        let slot = self.base.checked_add(index)?;
        let name = lua.and_then(|(_, closure, pc)| closure.local_name(index, pc));
        if let Some(name) = name {
            return found(name, slot);
        }
        if slot >= self.limit {
            return None;
        }
        let name = match lua {
            Some(_) => Str::literal("(temporary)"),
            None => Str::literal("(C temporary)"),
        };
        found(name, slot)
    }
}
