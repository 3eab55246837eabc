//! Making closures, and marking and closing variables.
#![allow(unsafe_code)]

use crate::error::Error;
use crate::memory::AllocError;
use crate::value::{Closure, Proto, Value};
use crate::vm::call::{Flow, OnReturn, Ret};
use crate::vm::metamethod::Event;
use crate::vm::state::State;

impl<'r> State<'r> {
    /// Makes a closure of `proto` for the newest frame, whose function is `outer`.
    ///
    /// # Errors
    /// There is no room for it. The outcome is small enough for two registers.
    #[inline(never)]
    pub(crate) fn make_closure(
        &self,
        outer: Closure<'r>,
        proto: &Proto,
        base: usize,
    ) -> Result<Closure<'r>, AllocError> {
        let thread = self.thread();
        // SAFETY: an inner function lives in the memory of its outer one, which the running
        // closure keeps for as long as the region (P1).
        let proto = unsafe { proto.handle() };
        Closure::new(&self.store, proto, |source| {
            if source.from_register {
                thread.find_upvalue(&self.store, base + source.index as usize)
            } else {
                // SAFETY: the compiler numbers the outer function's own upvalues.
                Ok(unsafe { outer.upvalue_unchecked(source.index as usize) })
            }
        })
    }

    /// Marks register `index` of the newest frame as to be closed.
    ///
    /// # Errors
    /// Its value has no `__close` metamethod.
    pub(crate) fn mark_to_close(&self, index: usize) -> Result<(), Error<'r>> {
        let value = self.register(index);
        if value.is_falsy() {
            return Ok(());
        }
        if self.metamethod(value, Event::Close).is_nil() {
            return Err(self.not_closable_error(index));
        }
        // SAFETY: the newest frame is the Lua function that runs (L1).
        let base = unsafe { (*self.newest()).base as usize };
        Ok(self.thread().push_to_close(&self.store, base + index)?)
    }

    /// Closes the variables of the newest frame from register `first` on. The instruction is
    /// carried out again after each `__close` handler until nothing is left: then `Flow::Next`.
    ///
    /// `open_top` is set where results up to the thread's top must survive the handlers.
    ///
    /// # Errors
    /// What calling a handler raises.
    pub(crate) fn close_variables(
        &self,
        first: usize,
        open_top: Option<usize>,
    ) -> Result<Flow, Error<'r>> {
        let thread = self.thread();
        // SAFETY: the newest frame is the Lua function that runs (L1).
        let level = unsafe { (*self.newest()).base as usize } + first;
        let Some(index) = thread.last_to_close(level) else {
            thread.close_upvalues(level);
            return Ok(Flow::Next);
        };
        thread.close_upvalues(index);
        thread.pop_to_close();
        let value = thread.get(index);
        let handler = self.metamethod(value, Event::Close);
        let (slot, on_return) = match open_top {
            Some(top) => {
                // SAFETY: as above.
                unsafe { (*self.newest()).extra = top };
                (top.max(self.frame_top()), OnReturn::RerunOpen)
            }
            None => (self.frame_top(), OnReturn::Rerun),
        };
        thread
            .ensure(&self.store, slot + 3)
            .map_err(|error| self.stack_error(error))?;
        thread.set(slot, handler);
        thread.set(slot + 1, value);
        thread.set(slot + 2, Value::NIL);
        self.call_at(slot, 2, Ret::all(slot, on_return))
    }
}
