//! Tail calls, varargs and lists: instructions that move many values at once.
#![allow(unsafe_code)]

use crate::error::Error;
use crate::value::{Closure, Frame, SLACK, ThreadObject, Value, tag};
use crate::vm::call::{Flow, OnReturn, Ret};
use crate::vm::slot::{self, Slot};
use crate::vm::state::State;

/// Enters a vararg function in the slot `func` with `count` arguments, if stack and frames have
/// room; false leaves all to the general way.
///
/// # Safety
/// `func` and its arguments are slots of `thread`, whose newest frame runs; `callee` is the closure
/// in `func`, of a verified vararg function.
#[inline(never)]
pub(crate) unsafe fn push_vararg_frame<'r>(
    thread: &ThreadObject<'r>,
    func: Slot<'r>,
    count: usize,
    want: i32,
    callee: Closure<'r>,
) -> bool {
    let proto = callee.proto();
    debug_assert!(proto.is_vararg);
    // SAFETY: `func` is a slot of the thread's stack.
    let index = unsafe { func.offset_from(thread.stack.get()) } as usize;
    let base = index + count + 2;
    let top = base + proto.register_count as usize;
    if top + SLACK > thread.stack_cap.get() as usize
        || thread.frame_count.get() >= thread.frame_cap.get()
    {
        return false;
    }
    let params = proto.param_count as usize;
    // SAFETY: all slots lie below the capacity, as was just checked. The function and its
    // parameters move above the extra arguments.
    unsafe {
        let moved = func.add(count + 1);
        slot::copy(moved, func);
        for at in 1..=params.min(count) {
            slot::copy(moved.add(at), func.add(at));
            slot::set_tag(func.add(at), tag::NIL);
        }
        for at in count.min(params)..params {
            slot::set_tag(moved.add(1 + at), tag::NIL);
        }
    }
    // SAFETY: there is room for a frame, as was just checked; what a frame of this sort does not
    // use is not written.
    unsafe {
        let frame = thread.frames.get().add(thread.frame_count.get() as usize);
        (*frame).pc = proto.code.start();
        (*frame).callee = callee.as_ptr();
        (*frame).base = base as u32;
        (*frame).func = index as u32;
        (*frame).top = top as u32;
        (*frame).vararg_count = count.saturating_sub(params) as u32;
        (*frame).set_lua(want);
    }
    thread.frame_count.set(thread.frame_count.get() + 1);
    true
}

/// Moves the `count` results of `frame`, from stack index `from` on, to where its function was, as
/// many as its caller wants.
///
/// # Safety
/// `frame` is the newest frame of `thread`, of a Lua function, and its results lie above its
/// function within the stack.
#[inline(always)]
pub(crate) unsafe fn place_plainly(
    thread: &ThreadObject<'_>,
    frame: &Frame,
    from: usize,
    count: usize,
) {
    // SAFETY: results lie above the function, and what a caller wants fits its own frame.
    unsafe {
        let (func, first) = (thread.slot_at(frame.func as usize), thread.slot_at(from));
        let want = if frame.want < 0 {
            thread.top.set(frame.func + count as u32);
            count
        } else {
            frame.want as usize
        };
        for index in 0..count.min(want) {
            slot::copy(func.add(index), first.add(index));
        }
        for missing in count..want {
            slot::set_tag(func.add(missing), tag::NIL);
            // Or a call of `memset` is made of this short loop.
            core::hint::black_box(());
        }
    }
}

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

    /// Loads all varargs of the newest frame into register `first` and up, to the thread's top.
    ///
    /// # Errors
    /// The stack cannot hold them.
    #[inline(never)]
    pub(crate) fn load_varargs(&self, first: usize) -> Result<(), Error<'r>> {
        let thread = self.thread();
        let Some(frame) = thread.frame(thread.frame_count().wrapping_sub(1)) else {
            return Ok(());
        };
        let count = frame.vararg_count as usize;
        self.charge_nodes(count)?;
        // They lie just below the function, which was moved above them.
        let from = frame.base as usize - 1 - count;
        let to = frame.base as usize + first;
        thread
            .ensure(&self.store, to + count)
            .map_err(|error| self.stack_error(error))?;
        thread.object().top.set((to + count) as u32);
        thread.shift(from, to, count);
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
