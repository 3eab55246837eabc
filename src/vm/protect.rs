//! What happens to an error on its way up: message handlers, variables to be closed, and the
//! protected call where it ends.
#![forbid(unsafe_code)]
//!
//! - **U1** While variables are closed on the way out, the marker of the protected call (or the
//!   entry) is the newest frame but for the closing handlers; its function's slot holds the error
//!   value, or, for an entry, perhaps a list of it and what else the payload has: a root.
//! - **U2** A message handler runs above the frames of what failed, before any of them is dropped;
//!   if its protected call lies outside the run, the error notes that the handler has seen it.
//! - **U3** Errors that a script must not catch pass every protected call, and close variables
//!   without running their handlers.

use super::call::{
    Flow, FrameKind, HAS_HANDLER, IS_UNWINDING, IS_WRAP, OnReturn, PASSES_ERRORS, Ret,
};
use super::metamethod::Event;
use super::state::State;
use crate::error::{Details, Error, ErrorKind};
use crate::memory::AllocError;
use crate::value::{Frame, Status, Str, Table, Thread, Unpacked, Value};

/// An entry's marker holds the error's code, and in which form its slot keeps the error: without
/// payload.
const IS_BARE: usize = 1 << ErrorKind::CODE_BITS;
/// As a list of the payload's parts.
const IS_LIST: usize = IS_BARE << 1;
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
        if self.catch_plainly(&error) {
            return Ok(Flow::Frame);
        }
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
            let handled_at = error.details().handled_at;
            let handling = Self::handling_frame(thread, index, error.kind());
            if let Some(handling) = handling
                && !is_handled
                && handled_at != handling as u32 + 1
            {
                if is_native_error {
                    self.note_native(thread);
                }
                match self.start_handler(thread, handling, failed_handlers, error) {
                    Ok(Some(flow)) => return Ok(flow),
                    Ok(None) => {}
                    Err(next) => {
                        failed_handlers += 1;
                        error = next;
                        continue;
                    }
                }
            }
            let error = self.add_details(thread, index, error, is_native_error);
            if let Some(handling) = handling.filter(|handling| *handling != index) {
                error.update(|details| details.handled_at = handling as u32 + 1);
            }
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

    /// The frame of the protected call whose message handler is to see an error that stops at
    /// `index`: there, or further out, where all entries in between belong to calls whose errors
    /// are passed on.
    fn handling_frame(thread: Thread<'r>, index: usize, kind: ErrorKind) -> Option<usize> {
        if !kind.is_catchable() {
            return None;
        }
        for index in (0..=index).rev() {
            let frame = thread.frame(index)?;
            match frame.kind() {
                FrameKind::Protect => {
                    let has_handler = frame.flags & (HAS_HANDLER | IS_UNWINDING) == HAS_HANDLER;
                    return has_handler.then_some(index);
                }
                FrameKind::Entry if frame.flags & PASSES_ERRORS == 0 => return None,
                _ => {}
            }
        }
        None
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
        let mut value = error.value();
        if target.kind() == FrameKind::Protect {
            // There are slots above every frame (K2).
            marker.vararg_count = error.kind().code();
        } else {
            let (kept, form) = self.keep_details(&error);
            value = kept;
            marker.pc = core::ptr::without_provenance(error.kind().code() as usize | form);
        }
        thread.set_frame(index, marker);
        thread.set(slot, value);
        thread.object().top.set(slot as u32 + 1);
        self.continue_unwind()
    }

    /// What an entry's slot keeps while variables are closed, and in which form: the error value,
    /// or a list of it and the rest of the payload. Without room for a list the rest is lost.
    fn keep_details(&self, error: &Error<'r>) -> (Value<'r>, usize) {
        let details = error.details();
        if !error.has_payload() {
            return (error.value(), IS_BARE);
        }
        if details.is_empty() {
            return (error.value(), 0);
        }
        let list = || -> Result<Table<'r>, AllocError> {
            let list = Table::new(&self.store, 5, 0)?;
            let texts = [details.traceback, details.contexts, details.causes];
            list.raw_set_int(&self.store, 1, error.value())?;
            for (index, text) in (2..).zip(texts) {
                let text = text.map_or(Value::bool(false), Str::to_value);
                list.raw_set_int(&self.store, index, text)?;
            }
            let handled_at = Value::int(details.handled_at.into());
            list.raw_set_int(&self.store, 5, handled_at)?;
            Ok(list)
        };
        match list() {
            Ok(list) => (list.to_value(), IS_LIST),
            Err(_) => (error.value(), 0),
        }
    }

    /// The error value that an entry's slot keeps in this form.
    fn kept_value(kept: Value<'r>, form: usize) -> Value<'r> {
        match kept.as_table() {
            Some(list) if form & IS_LIST != 0 => list.raw_get_int(1),
            _ => kept,
        }
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
        let form = match marker.kind() {
            FrameKind::Protect => marker.vararg_count as usize,
            _ => marker.pc.addr(),
        };
        let kind = ErrorKind::from_code(form as u32);
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
            // A request to end is no error to those that it lets close.
            let error = match is_closing_exit {
                true => Value::NIL,
                false => Self::kept_value(thread.get(slot), form),
            };
            thread.set(top + 2, error);
            thread.object().top.set(top as u32 + 3);
            return self.call_at(top, 2, Ret::all(top, OnReturn::Unwind));
        }
        thread.close_upvalues(slot);
        thread.pop_frame();
        if thread.is_reserve_open() {
            thread.object().top.set(slot as u32 + 1);
            thread.close_reserve(&self.store, self.free_slot());
        }
        if marker.kind() == FrameKind::Protect {
            thread.object().protect_depth.set(marker.extra as u32);
            let value = thread.get(slot);
            thread.set(slot, Value::bool(false));
            thread.set(slot + 1, value);
            self.hook_marker(&marker, slot, 2)?;
            return self.deliver(Ret::of(&marker), slot, 2);
        }
        self.is_leaving.set(true);
        Err(self.rebuild(thread.get(slot), kind, form))
    }

    /// The error that an entry's slot was keeping.
    fn rebuild(&self, kept: Value<'r>, kind: ErrorKind, form: usize) -> Error<'r> {
        if form & IS_BARE != 0 {
            return Error::bare(kind);
        }
        let mut details = Details::default();
        if let Some(list) = kept.as_table().filter(|_| form & IS_LIST != 0) {
            details.traceback = list.raw_get_int(2).as_str();
            details.contexts = list.raw_get_int(3).as_str();
            details.causes = list.raw_get_int(4).as_str();
            let handled_at = list.raw_get_int(5).as_int();
            details.handled_at = handled_at.and_then(|at| at.try_into().ok()).unwrap_or(0);
        }
        let value = Self::kept_value(kept, form);
        Error::with_details(&self.store, kind, value, details)
    }

    /// Notes in an error that is about to leave a run, at the entry `index`, what was being done
    /// and, if no protected call is in progress further out, the call path. What finds no room is
    /// left out.
    fn add_details(
        &self,
        thread: Thread<'r>,
        index: usize,
        error: Error<'r>,
        is_native_error: bool,
    ) -> Error<'r> {
        let kind_at = |index| thread.frame(index).map(|frame| frame.kind());
        if kind_at(index) != Some(FrameKind::Entry) {
            return error;
        }
        let mut error = error;
        if !error.has_payload() && Self::is_told(error.kind()) {
            let told = Error::with_value(&self.store, error.kind(), error.value());
            if told.has_payload() {
                error = told;
            }
        }
        if is_native_error {
            self.note_native(thread);
        }
        let is_outermost = self.host_depth.get() == 1;
        let is_text = error.value().is_str();
        if is_outermost && self.describes_errors.get() {
            error = self.described(error);
        }
        self.add_contexts(&error);
        // As in PUC Lua, an error that describes itself has no traceback.
        let is_described = is_text != error.value().is_str();
        if is_described || error.traceback().is_some() || !error.has_payload() {
            return error;
        }
        let is_protected = || (0..index).any(|below| kind_at(below) == Some(FrameKind::Protect));
        if !is_outermost && (thread.object().resumer.get().is_some() || is_protected()) {
            return error;
        }
        if let Ok(text) = self.traceback(thread, 0, None) {
            error.set_traceback(text);
        }
        error
    }

    /// The error, or one with the string that its value's `__tostring` gives.
    pub(crate) fn described(&self, error: Error<'r>) -> Error<'r> {
        let value = error.value();
        if !matches!(value.unpack(), Unpacked::Table(_) | Unpacked::UserData(_)) {
            return error;
        }
        let handler = self.metamethod(value, Event::ToString);
        if handler.is_nil() || error.kind() == ErrorKind::Exit {
            return error;
        }
        match self.call_value(handler, &[value]) {
            Ok(text) if text.as_str().is_some() => {
                Error::with_value(&self.store, error.kind(), text)
            }
            // As PUC Lua: what is not a string describes nothing.
            Ok(_) => error,
            Err(error) => error,
        }
    }

    /// Whether an error that is raised as a code alone gets a payload on its way out, for its
    /// traceback: the first exhaustion of memory has released the reserve for that.
    fn is_told(kind: ErrorKind) -> bool {
        matches!(
            kind,
            ErrorKind::Memory | ErrorKind::Fuel | ErrorKind::Deadline | ErrorKind::Cancelled
        )
    }

    /// Ends a coroutine that an error went through: the resumer gets a status, or the error.
    fn fail_coroutine(&self, thread: Thread<'r>, error: Error<'r>) -> Result<Flow, Error<'r>> {
        // While the coroutine is still part of the chain that they are found in.
        self.add_contexts(&error);
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
        self.hook_marker(&marker, slot, 2)?;
        self.deliver(Ret::of(&marker), slot, 2)
    }

    /// The error of a wrapped coroutine, with the position of who called it before its message.
    fn add_position(&self, error: Error<'r>, value: Value<'r>) -> Error<'r> {
        if !error.has_payload() {
            return error;
        }
        let Some(text) = value.as_str() else {
            return Error::with_details(&self.store, error.kind(), value, error.details());
        };
        match self.where_is(1) {
            Ok(position) => match Str::join(&self.store, &[position, text]) {
                Ok(text) => {
                    let details = error.details();
                    Error::with_details(&self.store, error.kind(), text.to_value(), details)
                }
                Err(error) => error.into(),
            },
            Err(error) => error,
        }
    }
}
