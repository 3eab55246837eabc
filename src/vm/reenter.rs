//! Calls from the Rust stack: hosts, and host functions that call back.
#![allow(unsafe_code)]
//!
//! - **RE1** Such a call runs above a frame of its own, an entry, which says what the thread was
//!   doing before: its top, and the host function that calls.
//! - **RE2** What a call changes beside frames (the depth of host calls, of protected calls, the
//!   top, the host function in progress) is put back when it ends, with an error too.
//! - **RE3** Calls of one function, one after the other, can share an entry: between them the
//!   thread is as it was before the first, but for the entry on top.
//!
//! Most of these calls are of Lua functions, with room for their frames: [`State::call_values`] has
//! a quick way for them, which leaves the rest to the general one.

use super::call::{Flow, FrameKind, OnReturn, PASSES_ERRORS, Ret};
use super::run;
use super::state::{HOST_DEPTH_MAX, State};
use crate::error::Error;
use crate::value::{Closure, Frame, Native, SLACK, ThreadObject, Value};

impl<'r> State<'r> {
    /// Calls `function` on the Rust stack and returns its first result. Who calls passes errors
    /// on, if need be after work of its own: message handlers have seen them by then.
    ///
    /// # Errors
    /// What it raises; or host functions are nested too deep.
    pub(crate) fn call_value(
        &self,
        function: Value<'r>,
        args: &[Value<'r>],
    ) -> Result<Value<'r>, Error<'r>> {
        let (slot, count) = self.call_flagged(function, args, PASSES_ERRORS)?;
        Ok(self.first_result(slot, count))
    }

    /// As [`State::call_value`], for who may keep the error: handlers further out do not see it
    /// before it is passed on.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn call_apart(
        &self,
        function: Value<'r>,
        args: &[Value<'r>],
    ) -> Result<Value<'r>, Error<'r>> {
        let (slot, count) = self.call_values(function, args)?;
        Ok(self.first_result(slot, count))
    }

    fn first_result(&self, slot: usize, count: usize) -> Value<'r> {
        if count > 0 {
            self.thread().get(slot)
        } else {
            Value::NIL
        }
    }

    /// Calls `function` on the Rust stack; its results are on the stack, from the first number on,
    /// as many as the second says, until the next call. Errors are as with
    /// [`State::call_apart`].
    ///
    /// # Errors
    /// What it raises; or host functions are nested too deep.
    #[inline]
    pub(crate) fn call_values(
        &self,
        function: Value<'r>,
        args: &[Value<'r>],
    ) -> Result<(usize, usize), Error<'r>> {
        self.call_flagged(function, args, 0)
    }

    /// As [`State::call_values`], above an entry with these flags.
    #[inline]
    fn call_flagged(
        &self,
        function: Value<'r>,
        args: &[Value<'r>],
        flags: u8,
    ) -> Result<(usize, usize), Error<'r>> {
        let slot = self.free_slot();
        let end = slot + 1 + args.len();
        let thread = self.thread();
        thread
            .ensure(&self.store, end + 1)
            .map_err(|error| self.stack_error(error))?;
        // SAFETY: there are slots up to `end`, and more.
        unsafe {
            let first = thread.object().slot_at(slot);
            first.write(function);
            for (index, arg) in args.iter().enumerate() {
                first.add(1 + index).write(*arg);
            }
        }
        Ok((slot, self.run_laid_out(slot, args.len(), flags)?))
    }

    /// Runs the call that is laid out at `slot`, where nothing in progress has slots.
    #[inline(never)]
    fn run_laid_out(&self, slot: usize, count: usize, flags: u8) -> Result<usize, Error<'r>> {
        match self.thread().get(slot).as_closure() {
            Some(closure) if self.push_call(slot, closure, count, flags) => self.run_pushed(),
            _ => self.run_above(slot, count, self.calling_native(), flags),
        }
    }

    /// Runs the call that is laid out at `slot` to its end on the Rust stack.
    pub(super) fn run_at(&self, slot: usize, count: usize) -> Result<usize, Error<'r>> {
        let callee = self.calling_native();
        self.run_above(slot, count, callee, 0)
    }

    /// As [`State::run_at`], above an entry that stands for `callee`.
    pub(super) fn run_above(
        &self,
        slot: usize,
        count: usize,
        callee: *mut (),
        flags: u8,
    ) -> Result<usize, Error<'r>> {
        if self.host_depth.get() >= HOST_DEPTH_MAX {
            // Raised in the host function that calls, which has no position.
            return Err(self.plain_error(b"C stack overflow"));
        }
        let thread = self.thread();
        let mut entry = self.entry(thread.object(), slot, callee);
        entry.flags = flags;
        thread.push_frame(&self.store, entry)?;
        let before = self.before_call(thread.object());
        let flow = self.call_at(slot, count, Ret::all(slot, OnReturn::Exit));
        let result = run::run(self.brand(), flow);
        self.after_call(before, result.is_ok());
        result
    }

    /// Makes the frame of a call of a Lua function that is laid out at `slot`, and of an entry
    /// below it, if there is room for all of that and no hook: the quick way of
    /// [`State::run_above`].
    #[inline(always)]
    fn push_call(&self, slot: usize, closure: Closure<'r>, count: usize, flags: u8) -> bool {
        let thread = self.thread().object();
        let proto = closure.proto();
        let base = slot + 1;
        let end = base + proto.plain_slots as usize;
        let frame_count = thread.frame_count.get();
        if end > thread.stack_cap.get() as usize
            || frame_count + 2 > thread.frame_cap.get()
            || self.host_depth.get() >= HOST_DEPTH_MAX
            || self.hooks.is_on.get()
        {
            return false;
        }
        let mut entry = self.entry(thread, slot, self.calling_native());
        entry.flags = flags;
        let lua = lua_frame(slot, closure, end);
        // SAFETY: slots and frames are below their capacities, as was just checked.
        unsafe {
            for missing in count..proto.param_count as usize {
                thread.slot_at(base + missing).write(Value::NIL);
            }
            let frames = thread.frames.get().add(frame_count as usize);
            frames.write(entry);
            frames.add(1).write(lua);
        }
        thread.frame_count.set(frame_count + 2);
        true
    }

    /// Runs what [`State::push_call`] laid out at `slot` to its end.
    #[inline(always)]
    fn run_pushed(&self) -> Result<usize, Error<'r>> {
        let thread = self.thread().object();
        let before = self.before_call(thread);
        // SAFETY: the newest frame is a Lua frame of a verified function, and there is no hook.
        let flow = unsafe { run::run_lua(self.brand()) };
        let result = match flow {
            Ok(Flow::Exit(count)) => Ok(count),
            other => run::run(self.brand(), other),
        };
        self.after_call(before, result.is_ok());
        result
    }

    /// The host function that calls, if one does.
    #[inline]
    fn calling_native(&self) -> *mut () {
        let thread = self.thread();
        if self.host_depth.get() == 0 && thread.frame_count() == 0 {
            return core::ptr::null_mut();
        }
        let native = thread.get(self.native_slot.get() as usize).as_native();
        native.map_or(core::ptr::null_mut(), Native::as_ptr)
    }

    /// The entry of a call that is laid out at `slot` (RE1).
    #[inline(always)]
    fn entry(&self, thread: &ThreadObject<'r>, slot: usize, callee: *mut ()) -> Frame {
        let mut entry = Ret::all(slot, OnReturn::Exit).frame(FrameKind::Entry, callee, slot);
        entry.extra = thread.top.get() as usize;
        entry.vararg_count = self.native_slot.get();
        entry
    }

    /// Notes what the call that begins now will change (RE2).
    #[inline(always)]
    fn before_call(&self, thread: &ThreadObject<'r>) -> Before {
        let before = Before {
            top: thread.top.get(),
            native_slot: self.native_slot.get(),
            host_depth: self.host_depth.get(),
            host_calls: thread.host_calls.get(),
            protect_depth: thread.protect_depth.get(),
        };
        thread.host_calls.set(before.host_calls + 1);
        self.host_depth.set(before.host_depth + 1);
        before
    }

    /// Puts back what the call has changed; the entry goes, unless an error took it already.
    #[inline(always)]
    fn after_call(&self, before: Before, is_ok: bool) {
        // The run may have moved everything; it ends on the thread that it began on.
        let thread = self.thread().object();
        self.host_depth.set(before.host_depth);
        self.native_slot.set(before.native_slot);
        thread.host_calls.set(before.host_calls);
        thread.protect_depth.set(before.protect_depth);
        thread.top.set(before.top);
        if is_ok {
            thread.frame_count.set(thread.frame_count.get() - 1);
        }
    }
}

/// The frame of a call of `closure` that is laid out at `slot`; `end` is where its slots end.
#[inline(always)]
fn lua_frame(slot: usize, closure: Closure<'_>, end: usize) -> Frame {
    Frame {
        pc: closure.proto().code.start(),
        top: (end - SLACK) as u32,
        extra: 0,
        ..Ret::all(slot, OnReturn::Exit).frame(FrameKind::Lua, closure.as_ptr(), 0)
    }
}

/// A function that is called many times with two arguments, above one entry (RE3).
pub(crate) struct Repeated<'r> {
    state: &'r State<'r>,
    function: Value<'r>,
    /// The function, if it is one that has a quick way in: a Lua function of up to two parameters
    /// and no varargs.
    plain: Option<Closure<'r>>,
    slot: usize,
    top: u32,
}

impl<'r> State<'r> {
    /// Lets `body` call `function` as often as it likes. What `body` raises itself has no position,
    /// for the newest frame is the entry.
    ///
    /// # Errors
    /// What `body` returns, or host functions are nested too deep.
    pub(crate) fn call_repeatedly<T, E: From<Error<'r>>>(
        &self,
        function: Value<'r>,
        body: impl FnOnce(&Repeated<'r>) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.host_depth.get() >= HOST_DEPTH_MAX {
            return Err(self.plain_error(b"C stack overflow").into());
        }
        let slot = self.free_slot();
        let thread = self.thread();
        thread
            .ensure(&self.store, slot + 4)
            .map_err(|error| self.stack_error(error))?;
        let mut entry = self.entry(thread.object(), slot, self.calling_native());
        entry.flags = PASSES_ERRORS;
        thread.push_frame(&self.store, entry).map_err(Error::from)?;
        let frame_count = thread.frame_count();
        let before = self.before_call(thread.object());
        let is_plain = |closure: &Closure<'r>| {
            let proto = closure.proto();
            !proto.is_vararg && proto.param_count <= 2
        };
        let result = body(&Repeated {
            state: self.brand(),
            function,
            plain: function.as_closure().filter(is_plain),
            slot,
            top: before.top,
        });
        // An error of a call took the entry away, one of the body's own did not.
        let is_in_place = self.thread().frame_count() == frame_count;
        self.after_call(before, is_in_place);
        result
    }
}

impl<'r> Repeated<'r> {
    /// Calls the function, and says whether its first result counts as true.
    ///
    /// # Errors
    /// What the function raises.
    #[inline]
    pub(crate) fn test(&self, left: Value<'r>, right: Value<'r>) -> Result<bool, Error<'r>> {
        let thread = self.state.thread().object();
        // SAFETY: there was room for these when the calls began, and a stack never shrinks while a
        // host function is at work.
        unsafe {
            let first = thread.slot_at(self.slot);
            first.write(self.function);
            first.add(1).write(left);
            first.add(2).write(right);
        }
        let count = match self.plain {
            Some(closure) if self.push(thread, closure) => {
                // SAFETY: the newest frame is a Lua frame of a verified function, and there is no
                // hook.
                match unsafe { run::run_lua(self.state) } {
                    Ok(Flow::Exit(count)) => count,
                    other => run::run(self.state, other)?,
                }
            }
            _ => {
                let ret = Ret::all(self.slot, OnReturn::Exit);
                run::run(self.state, self.state.call_at(self.slot, 2, ret))?
            }
        };
        let thread = self.state.thread().object();
        thread.top.set(self.top);
        // SAFETY: the slot of the function is below the capacity; the results begin there.
        Ok(count > 0 && !unsafe { thread.slot_at(self.slot).read() }.is_falsy())
    }

    /// Makes the frame of a call, if there is room for it, and no hook.
    #[inline(always)]
    fn push(&self, thread: &ThreadObject<'r>, closure: Closure<'r>) -> bool {
        let end = self.slot + 1 + closure.proto().plain_slots as usize;
        let frame_count = thread.frame_count.get();
        if end > thread.stack_cap.get() as usize
            || frame_count >= thread.frame_cap.get()
            || self.state.hooks.is_on.get()
        {
            return false;
        }
        let frame = lua_frame(self.slot, closure, end);
        // SAFETY: below the capacity, as was just checked.
        unsafe { thread.frames.get().add(frame_count as usize).write(frame) };
        thread.frame_count.set(frame_count + 1);
        true
    }
}

/// What a call from the Rust stack changes beside frames.
struct Before {
    top: u32,
    native_slot: u32,
    host_depth: u32,
    host_calls: u32,
    protect_depth: u32,
}
