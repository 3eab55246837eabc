//! What happens to an error on its way up: message handlers, variables to be closed, and the
//! protected call where it ends.
#![forbid(unsafe_code)]
//!
//! - **U1** While variables are closed on the way out, the marker of the protected call (or the
//!   entry) is the newest frame but for the closing handlers; its function's slot holds the error
//!   value and the slot after it the traceback, so that both are roots.
//! - **U2** A message handler runs above the frames of what failed, before any of them is dropped.
//! - **U3** Errors that a script must not catch pass every protected call, and close variables
//!   without running their handlers.

use super::call::{Flow, FrameKind, HAS_HANDLER, IS_UNWINDING, IS_WRAP, OnReturn, Ret};
use super::metamethod::Event;
use super::state::State;
use crate::error::{Error, ErrorKind};
use crate::value::{Frame, Status, Str, Thread, Value};

/// Message handlers that may be at work inside each other before the error becomes one of error
/// handling.
const HANDLER_DEPTH_MAX: usize = 10;

impl<'r> State<'r> {
    /// Brings an error to the nearest protected call of this run, or to its entry.
    ///
    /// # Errors
    /// The error leaves the run: the entry is popped.
    #[cold]
    #[inline(never)]
    pub(crate) fn unwind(&self, error: Error<'r>) -> Result<Flow, Error<'r>> {
        let mut error = error;
        // Handlers that are host functions fail without leaving a frame to count.
        let mut failed_handlers = 0;
        loop {
            let thread = self.thread();
            let is_handled = self.is_handled.replace(false);
            let is_native_error = self.is_native_error.replace(false);
            let Some(index) = self.find_target(thread, error.kind()) else {
                if is_native_error {
                    self.note_native(thread);
                }
                match self.fail_coroutine(thread, error) {
                    Ok(flow) => return Ok(flow),
                    Err(next) => {
                        error = next;
                        continue;
                    }
                }
            };
            let Some(target) = thread.frame(index) else {
                self.is_leaving.set(true);
                return Err(error);
            };
            if !is_handled && target.flags & (HAS_HANDLER | IS_UNWINDING) == HAS_HANDLER {
                if is_native_error {
                    self.note_native(thread);
                }
                match self.start_handler(thread, index, failed_handlers, error) {
                    Ok(Some(flow)) => return Ok(flow),
                    Ok(None) => {}
                    Err(next) => {
                        failed_handlers += 1;
                        error = next;
                        continue;
                    }
                }
            }
            self.add_traceback(thread, &target, &error, is_native_error);
            return self.start_unwinding(thread, index, target, error);
        }
    }

    /// The newest frame of `thread` at which an error of `kind` stops.
    fn find_target(&self, thread: Thread<'r>, kind: ErrorKind) -> Option<usize> {
        (0..thread.frame_count()).rev().find(|index| {
            thread
                .frame(*index)
                .is_some_and(|frame| match frame.kind() {
                    FrameKind::Entry => true,
                    FrameKind::Protect => kind.is_catchable(),
                    _ => false,
                })
        })
    }

    /// Calls the message handler of the protected call at `index`, in which `failed` calls have
    /// failed already; `None` if it is not to be called for this error.
    fn start_handler(
        &self,
        thread: Thread<'r>,
        index: usize,
        failed: usize,
        error: Error<'r>,
    ) -> Result<Option<Flow>, Error<'r>> {
        let is_handled = !matches!(error.kind(), ErrorKind::Memory | ErrorKind::Handler);
        if !error.kind().is_catchable() || !is_handled {
            return Ok(None);
        }
        let is_handler = |index| {
            thread
                .frame(index)
                .is_some_and(|frame| frame.on_return() == OnReturn::Handler)
        };
        let depth = (index..thread.frame_count())
            .filter(|index| is_handler(*index))
            .count();
        if depth + failed >= HANDLER_DEPTH_MAX {
            self.is_handled.set(true);
            return Err(Error::bare(ErrorKind::Handler));
        }
        let handler = match thread.frame(index) {
            Some(target) => thread.get(target.func as usize),
            None => Value::NIL,
        };
        let slot = self.free_slot();
        thread.ensure(&self.store, slot + 2)?;
        thread.set(slot, handler);
        thread.set(slot + 1, error.value());
        // The handler counts as in progress even if it is a host function.
        match self.call_at(slot, 1, Ret::all(slot, OnReturn::Handler)) {
            Ok(flow) => Ok(Some(flow)),
            Err(next) => Err(next),
        }
    }

    /// Gives the host function that raised the error a frame, so that tracebacks show it; where
    /// there is no room for one, they do not.
    pub(super) fn note_native(&self, thread: Thread<'r>) {
        let slot = self.native_slot.get() as usize;
        if let Some(native) = thread.get(slot).as_native() {
            let top = (thread.object().top.get() as usize).max(slot + 1);
            let ret = Ret::all(slot, OnReturn::Discard);
            let frame = ret.frame(FrameKind::Native, native.as_ptr(), top);
            let _ = thread.push_frame(&self.store, frame);
        }
    }

    /// Drops the frames above the target and starts to close variables.
    fn start_unwinding(
        &self,
        thread: Thread<'r>,
        index: usize,
        target: Frame,
        error: Error<'r>,
    ) -> Result<Flow, Error<'r>> {
        thread.truncate_frames(index + 1);
        let mut marker = target;
        marker.flags |= IS_UNWINDING;
        // What is left of the marker's own call is not needed any more: its count holds the code.
        marker.flags &= !HAS_HANDLER;
        let slot = marker.func as usize;
        // There are slots above every frame (K2).
        if target.kind() == FrameKind::Protect {
            marker.vararg_count = error.kind() as u32;
        } else {
            marker.pc = core::ptr::without_provenance(error.kind() as usize);
        }
        thread.set_frame(index, marker);
        thread.set(slot, error.value());
        let traceback = error.traceback().map_or(Value::NIL, |text| text.to_value());
        thread.set(
            slot + 1,
            if error.has_payload() {
                traceback
            } else {
                Value::bool(false)
            },
        );
        thread.object().top.set(slot as u32 + 2);
        self.continue_unwind()
    }

    /// Closes the next variable above the newest frame's slot, or ends the unwinding there.
    ///
    /// # Errors
    /// The newest frame is the run's entry, and the error leaves the run.
    pub(crate) fn continue_unwind(&self) -> Result<Flow, Error<'r>> {
        let thread = self.thread();
        let Some(marker) = thread.frame(thread.frame_count().wrapping_sub(1)) else {
            self.is_leaving.set(true);
            return Err(Error::bare(ErrorKind::Runtime));
        };
        let slot = marker.func as usize;
        let code = match marker.kind() {
            FrameKind::Protect => marker.vararg_count as usize,
            _ => marker.pc.addr(),
        };
        let kind = ErrorKind::from_code(code as u8);
        while let Some(index) = thread.last_to_close(slot) {
            thread.close_upvalues(index);
            thread.pop_to_close();
            let is_closing_exit = kind == ErrorKind::Exit && self.exit_closes.get();
            if !kind.is_catchable() && !is_closing_exit {
                continue;
            }
            let value = thread.get(index);
            let handler = self.metamethod(value, Event::Close);
            let top = index + 1;
            thread.ensure(&self.store, top + 3)?;
            thread.set(top, handler);
            thread.set(top + 1, value);
            thread.set(top + 2, thread.get(slot));
            thread.object().top.set(top as u32 + 3);
            return self.call_at(top, 2, Ret::all(top, OnReturn::Unwind));
        }
        thread.close_upvalues(slot);
        thread.pop_frame();
        if thread.is_reserve_open() {
            thread.object().top.set(slot as u32 + 2);
            thread.close_reserve(&self.store, self.free_slot());
        }
        if marker.kind() == FrameKind::Protect {
            thread.object().protect_depth.set(marker.extra as u32);
            let value = thread.get(slot);
            thread.set(slot, Value::bool(false));
            thread.set(slot + 1, value);
            return self.deliver(Ret::of(&marker), slot, 2);
        }
        self.is_leaving.set(true);
        Err(self.rebuild(thread, slot, kind))
    }

    /// The error that an entry's slots were keeping.
    fn rebuild(&self, thread: Thread<'r>, slot: usize, kind: ErrorKind) -> Error<'r> {
        let traceback = thread.get(slot + 1);
        if traceback.as_bool() == Some(false) {
            return Error::bare(kind);
        }
        let error = Error::with_value(&self.store, kind, thread.get(slot));
        if let Some(text) = traceback.as_str() {
            error.set_traceback(text);
        }
        error
    }

    /// Draws the traceback of an error that is about to leave the outermost run.
    fn add_traceback(
        &self,
        thread: Thread<'r>,
        target: &Frame,
        error: &Error<'r>,
        is_native_error: bool,
    ) {
        let is_outermost = target.kind() == FrameKind::Entry && self.host_depth.get() == 1;
        if !is_outermost || error.traceback().is_some() || !error.has_payload() {
            return;
        }
        if is_native_error {
            self.note_native(thread);
        }
        // A traceback that finds no room is left out.
        if let Ok(text) = self.traceback(thread, 0, None) {
            error.set_traceback(text);
        }
    }

    /// Ends a coroutine that an error went through: the resumer gets a status, or the error.
    fn fail_coroutine(&self, thread: Thread<'r>, error: Error<'r>) -> Result<Flow, Error<'r>> {
        let object = thread.object();
        object.status.set(Status::Dead);
        let Some(resumer) = object.resumer.take() else {
            return Err(error);
        };
        // Frames and variables to be closed stay for `debug.traceback` and `coroutine.close`; the
        // error value stays on the stack for the latter.
        self.current.set(resumer);
        resumer.object().status.set(Status::Running);
        let Some(marker) = resumer.pop_frame() else {
            return Err(error);
        };
        self.keep_error(thread, error.value());
        if marker.flags & IS_WRAP != 0 || !error.kind().is_catchable() {
            let value = if error.kind().is_catchable() {
                self.close_thread(thread)?.unwrap_or(error.value())
            } else {
                error.value()
            };
            let error = self.add_position(error, value);
            return Err(self.native_error_at(marker.func as usize, error));
        }
        let slot = marker.func as usize;
        resumer.ensure(&self.store, slot + 2)?;
        resumer.set(slot, Value::bool(false));
        resumer.set(slot + 1, error.value());
        self.deliver(Ret::of(&marker), slot, 2)
    }

    /// The error of a wrapped coroutine, with the position of who called it before its message.
    fn add_position(&self, error: Error<'r>, value: Value<'r>) -> Error<'r> {
        if !error.has_payload() {
            return error;
        }
        let Some(text) = value.as_str() else {
            return Error::with_value(&self.store, error.kind(), value);
        };
        match self.where_is(1) {
            Ok(position) => match Str::join(&self.store, &[position, text]) {
                Ok(text) => Error::with_value(&self.store, error.kind(), text.to_value()),
                Err(error) => error.into(),
            },
            Err(error) => error,
        }
    }
}
