//! Coroutines: resume, yield, end and close, without the Rust stack.
#![forbid(unsafe_code)]
//!
//! - **G1** A resumed thread's `resumer` waits with a `Resume` marker as its newest frame.
//! - **G2** A suspended thread has no frames yet, its function and arguments on the stack; or its
//!   newest frame is the `Yield` marker that the next resume answers.

use super::call::{Flow, FrameKind, IS_WRAP, OnReturn, Ret};
use super::metamethod::Event;
use super::state::State;
use crate::error::Error;
use crate::value::{Frame, Native, Status, Thread, Value};

/// How many coroutines may have resumed each other, as in PUC Lua (`LUAI_MAXCCALLS`): what resumes
/// new ones without end would else take all memory there is.
const RESUME_DEPTH_MAX: u32 = 200;

impl<'r> State<'r> {
    /// Makes a coroutine that will run `function`.
    ///
    /// # Errors
    /// The region has no room for it.
    pub(crate) fn new_thread(&self, function: Value<'r>) -> Result<Thread<'r>, Error<'r>> {
        let thread = Thread::new(&self.store)?;
        thread.set(0, function);
        thread.object().top.set(1);
        Ok(thread)
    }

    /// Resumes `thread` with `count` values of the running thread's stack.
    pub(crate) fn resume(
        &self,
        ret: Ret,
        native: Native<'r>,
        thread: Thread<'r>,
        from: usize,
        count: usize,
        is_wrap: bool,
    ) -> Result<Flow, Error<'r>> {
        let resumer = self.thread();
        let depth = resumer.object().resume_depth.get() + 1;
        if thread.object().status.get() != Status::Suspended || depth > RESUME_DEPTH_MAX {
            return self.refuse_resume(ret, native, thread, is_wrap);
        }
        thread.object().resume_depth.set(depth);
        let is_fresh = thread.frame_count() == 0;
        let target = thread.object().top.get() as usize;
        thread
            .ensure(&self.store, target + count)
            .map_err(|error| self.stack_error(error))?;
        let mut marker = ret.frame(FrameKind::Resume, native.as_ptr(), from + count);
        marker.flags = if is_wrap { IS_WRAP } else { 0 };
        resumer.push_frame(&self.store, marker)?;
        resumer.object().status.set(Status::Normal);
        thread.object().status.set(Status::Running);
        thread.object().resumer.set(Some(resumer));
        self.current.set(thread);
        if is_fresh {
            for index in 0..count {
                thread.set(target + index, resumer.get(from + index));
            }
            return self.call_at(0, count, Ret::all(0, OnReturn::Finish));
        }
        match thread.pop_frame() {
            Some(marker) if self.is_plain(&marker) => {
                Self::pass(thread, &marker, false, resumer, (from, count));
                Ok(Flow::Frame)
            }
            Some(marker) => {
                for index in 0..count {
                    thread.set(target + index, resumer.get(from + index));
                }
                self.hook_marker(&marker, target, count)?;
                self.deliver(Ret::of(&marker), target, count)
            }
            None => Ok(Flow::Frame),
        }
    }

    /// Answers the resume of a thread that is not suspended, or of one too many.
    fn refuse_resume(
        &self,
        ret: Ret,
        native: Native<'r>,
        thread: Thread<'r>,
        is_wrap: bool,
    ) -> Result<Flow, Error<'r>> {
        let message: &[u8] = match thread.object().status.get() {
            Status::Suspended => b"C stack overflow",
            Status::Dead => b"cannot resume dead coroutine",
            _ => b"cannot resume non-suspended coroutine",
        };
        if is_wrap {
            return Err(self.native_error_at(ret.func, self.error_here(message)));
        }
        let text = self.str(message)?.to_value();
        self.thread().set(ret.func, Value::bool(false));
        self.thread().set(ret.func + 1, text);
        self.hook_native(native, ret.func, 2, true)?;
        self.deliver(ret, ret.func, 2)
    }

    /// Suspends the running coroutine and gives its resumer `count` values.
    pub(crate) fn yield_values(
        &self,
        ret: Ret,
        native: Native<'r>,
        from: usize,
        count: usize,
    ) -> Result<Flow, Error<'r>> {
        let thread = self.thread();
        let Some(resumer) = thread.object().resumer.get() else {
            let error = self.plain_error(b"attempt to yield from outside a coroutine");
            return Err(self.native_error_at(ret.func, error));
        };
        if thread.object().host_calls.get() > 0 {
            let error = self.plain_error(b"attempt to yield across a C-call boundary");
            return Err(self.native_error_at(ret.func, error));
        }
        let marker = ret.frame(FrameKind::Yield, native.as_ptr(), ret.func + 1);
        thread.push_frame(&self.store, marker)?;
        // What the next resume passes is put where the yielded values are now.
        thread.object().top.set(from as u32);
        thread.object().status.set(Status::Suspended);
        thread.object().resumer.set(None);
        let waiting = resumer.frame(resumer.frame_count().wrapping_sub(1));
        if let Some(marker) = waiting.filter(|marker| self.is_plain(marker)) {
            let status = usize::from(marker.flags & IS_WRAP == 0);
            self.current.set(resumer);
            resumer.object().status.set(Status::Running);
            resumer.pop_frame();
            resumer
                .ensure(&self.store, marker.func as usize + status + count)
                .map_err(|error| self.stack_error(error))?;
            Self::pass(resumer, &marker, status == 1, thread, (from, count));
            return Ok(Flow::Frame);
        }
        let answer = self.answer(resumer, thread, from, count)?;
        self.deliver(answer.0, answer.1, answer.2)
    }

    /// Whether the call that `marker` stands for is an instruction of a Lua function, which takes
    /// its results without more ado.
    #[inline]
    fn is_plain(&self, marker: &Frame) -> bool {
        marker.on_return() == OnReturn::Normal && !self.hooks.is_on.get()
    }

    /// Passes `values` of the stack of `source`, from the first number on and as many as the second
    /// says, as results of the plain call that `marker` stood for on `target`, behind a status of
    /// true if there is one. There is room for them.
    #[inline]
    fn pass(
        target: Thread<'r>,
        marker: &Frame,
        has_status: bool,
        source: Thread<'r>,
        values: (usize, usize),
    ) {
        let (from, count) = values;
        let mut slot = marker.func as usize;
        let end = slot + usize::try_from(marker.want).unwrap_or(count + usize::from(has_status));
        if has_status && slot < end {
            target.set(slot, Value::bool(true));
            slot += 1;
        }
        for index in from..from + count.min(end - slot) {
            target.set(slot, source.get(index));
            slot += 1;
        }
        for missing in slot..end {
            target.set(missing, Value::NIL);
        }
        if marker.want < 0 {
            target.object().top.set(end as u32);
        }
    }

    /// Ends the running coroutine, whose function returned `count` results.
    pub(crate) fn finish_coroutine(
        &self,
        from: usize,
        count: usize,
    ) -> Result<(Ret, usize, usize), Error<'r>> {
        let thread = self.thread();
        let object = thread.object();
        object.status.set(Status::Dead);
        object.top.set(0);
        match object.resumer.take() {
            Some(resumer) => self.answer(resumer, thread, from, count),
            None => Ok((Ret::all(from, OnReturn::Exit), from, count)),
        }
    }

    /// Makes `resumer` the running thread and puts `count` values of `thread` on its stack, with a
    /// status before them unless it waits in a wrapped coroutine.
    fn answer(
        &self,
        resumer: Thread<'r>,
        thread: Thread<'r>,
        from: usize,
        count: usize,
    ) -> Result<(Ret, usize, usize), Error<'r>> {
        self.current.set(resumer);
        resumer.object().status.set(Status::Running);
        let Some(marker) = resumer.pop_frame() else {
            return Ok((Ret::all(0, OnReturn::Discard), 0, 0));
        };
        let slot = marker.func as usize;
        let status = usize::from(marker.flags & IS_WRAP == 0);
        resumer
            .ensure(&self.store, slot + status + count)
            .map_err(|error| self.stack_error(error))?;
        if status == 1 {
            resumer.set(slot, Value::bool(true));
        }
        for index in 0..count {
            resumer.set(slot + status + index, thread.get(from + index));
        }
        self.hook_marker(&marker, slot, status + count)?;
        Ok((Ret::of(&marker), slot, status + count))
    }

    /// Keeps the error that ended a coroutine for `coroutine.close`.
    pub(crate) fn keep_error(&self, thread: Thread<'r>, value: Value<'r>) {
        let top = self.dead_top(thread);
        if thread.ensure(&self.store, top + 1).is_ok() {
            thread.set(top, value);
            thread.object().top.set(top as u32 + 1);
        }
    }

    fn dead_top(&self, thread: Thread<'r>) -> usize {
        let newest = thread.frame(thread.frame_count().wrapping_sub(1));
        let top = thread.object().top.get() as usize;
        newest.map_or(top, |frame| (frame.top as usize).max(top))
    }

    /// Closes a suspended or dead coroutine: its variables to be closed are closed. Returns the
    /// error that it ended or was closed with.
    ///
    /// # Errors
    /// Only what a script must not catch, or want of memory.
    pub(crate) fn close_thread(&self, thread: Thread<'r>) -> Result<Option<Value<'r>>, Error<'r>> {
        let object = thread.object();
        let failed = object.status.get() == Status::Dead && object.top.get() > 0;
        let mut error = failed.then(|| thread.get(object.top.get() as usize - 1));
        object.status.set(Status::Dead);
        while let Some(index) = thread.last_to_close(0) {
            thread.close_upvalues(index);
            thread.pop_to_close();
            let value = thread.get(index);
            let handler = self.metamethod(value, Event::Close);
            match self.call_on(thread, handler, &[value, error.unwrap_or_default()]) {
                Ok(()) => {}
                Err(next) if next.kind().is_catchable() => error = Some(next.value()),
                Err(fatal) => return Err(fatal),
            }
        }
        thread.close_upvalues(0);
        thread.truncate_frames(0);
        object.top.set(0);
        Ok(error)
    }

    /// Calls `function` on another thread than the running one, which waits.
    fn call_on(
        &self,
        thread: Thread<'r>,
        function: Value<'r>,
        args: &[Value<'r>],
    ) -> Result<(), Error<'r>> {
        let caller = self.current.replace(thread);
        let native_slot = self.native_slot.get();
        caller.object().status.set(Status::Normal);
        thread.object().status.set(Status::Running);
        thread.object().resumer.set(Some(caller));
        let result = self.call_apart(function, args);
        thread.object().resumer.set(None);
        thread.object().status.set(Status::Dead);
        caller.object().status.set(Status::Running);
        self.native_slot.set(native_slot);
        self.current.set(caller);
        result.map(|_| ())
    }
}
