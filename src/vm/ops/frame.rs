//! Tail calls, varargs and lists: instructions that move many values at once.
#![allow(unsafe_code)]

use crate::error::Error;
use crate::value::Value;
use crate::vm::call::{Flow, OnReturn, Ret};
use crate::vm::state::State;

impl<'r> State<'r> {
    /// Replaces the newest frame by a call of the value at stack index `func` with `count`
    /// arguments.
    ///
    /// # Errors
    /// What the call raises before a Lua function is entered, or what a host function raises.
    #[inline(never)]
    pub(crate) fn tail_call(
        &self,
        func: usize,
        count: usize,
        has_upvalues: bool,
    ) -> Result<Flow, Error<'r>> {
        let thread = self.thread();
        let count = self.insert_call_handlers(func, count)?;
        if thread.get(func).as_closure().is_none() {
            // A host function runs with the caller's frame in place, so that its errors have a
            // position; then its results are returned.
            let frame = thread.frame(thread.frame_count().wrapping_sub(1));
            let Some(frame) = frame else {
                return Ok(Flow::Frame);
            };
            if has_upvalues {
                thread.close_upvalues(frame.base as usize);
            }
            return self.call_at(func, count, Ret::all(func, OnReturn::Return));
        }
        let Some(frame) = thread.pop_frame() else {
            return Ok(Flow::Frame);
        };
        if has_upvalues {
            thread.close_upvalues(frame.base as usize);
        }
        let target = frame.func as usize;
        thread.shift(func, target, count + 1);
        let mut ret = Ret::of(&frame);
        ret.func = target;
        let flow = self.call_at(target, count, ret)?;
        // SAFETY: the frame of the Lua function that was just entered.
        unsafe { (*self.newest()).flags |= crate::vm::call::IS_TAIL_CALL };
        Ok(flow)
    }

    /// Loads varargs of the newest frame into register `first` and up: `wanted - 1` of them, or
    /// all up to the thread's top if `wanted` is 0.
    ///
    /// # Errors
    /// The stack cannot hold them.
    #[inline(never)]
    pub(crate) fn load_varargs(&self, first: usize, wanted: usize) -> Result<(), Error<'r>> {
        let thread = self.thread();
        let Some(frame) = thread.frame(thread.frame_count().wrapping_sub(1)) else {
            return Ok(());
        };
        let available = frame.vararg_count as usize;
        // They lie just below the function, which was moved above them.
        let from = frame.base as usize - 1 - available;
        let to = frame.base as usize + first;
        let count = if wanted == 0 { available } else { wanted - 1 };
        if wanted == 0 {
            thread
                .ensure(&self.store, to + count)
                .map_err(|error| self.stack_error(error))?;
            thread.object().top.set((to + count) as u32);
        }
        thread.shift(from, to, count.min(available));
        for index in available..count {
            thread.set(to + index, Value::NIL);
        }
        Ok(())
    }

    /// Stores `count` values from stack index `from` on as the items after `last` of `table`.
    ///
    /// # Errors
    /// There is no room for them.
    #[inline(never)]
    pub(crate) fn set_list(
        &self,
        table: Value<'r>,
        from: usize,
        count: usize,
        last: i64,
    ) -> Result<(), Error<'r>> {
        let Some(table) = table.as_table() else {
            return Ok(());
        };
        let thread = self.thread().object();
        // SAFETY: the values lie in the newest frame's registers or up to the top (I1, K1).
        unsafe {
            let from = thread.slot_at(from);
            table.append_list(&self.store, last as usize, from, count)?;
        }
        Ok(())
    }
}
