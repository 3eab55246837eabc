//! Runs that stop in the middle and go on later: after a slice of steps, or when a host function
//! waits for the host.
#![forbid(unsafe_code)]
//!
//! - **W1** A suspended run keeps all its frames: the loop is left without unwinding, and entered
//!   again where it was.
//! - **W2** That is possible only while no host function is on the Rust stack (the depth of host
//!   calls is one), and not from a message handler or a closing variable of an unwinding. What the
//!   host calls while a run is suspended is no part of that run, and cannot be suspended.
//! - **W3** While a run is suspended by a host function, the values that it showed are on top of
//!   the running thread's stack, so that they are roots.

use core::any::Any;
use core::cell::Cell;

use super::call::{Flow, FrameKind, OnReturn, Ret};
use super::run;
use super::state::State;
use crate::error::{Error, ErrorKind};
use crate::value::{Native, Value};

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It is over: `count` results from stack index `from` on, until the next call.
    Done { from: usize, count: usize },
    /// Its slice of steps is used up.
    Slice,
    /// A host function waits, and shows `count` values from stack index `from` on.
    Wait { from: usize, count: usize },
}

/// What a state knows of suspensions.
#[derive(Default)]
pub(crate) struct Suspension {
    /// The run was started by [`State::start`], and is not over.
    is_started: Cell<bool>,
    /// The loop carries out that run now, rather than a call that the host makes meanwhile.
    is_driven: Cell<bool>,
    /// The error that was just returned is no error: the loop is to be left as it is.
    is_leaving: Cell<bool>,
    /// The steps after which the run is to be suspended, from now on and from the start.
    slice_steps: Cell<Option<u64>>,
    slice_end: Cell<u64>,
    /// What a host function shows: where, and how many values.
    shown: Cell<Option<(usize, usize)>>,
    /// The top of the stack below the run.
    outer_top: Cell<u32>,
    /// What a waiting host function left for the host.
    parcel: Cell<Option<Box<dyn Any + Send>>>,
}

impl Suspension {
    /// Whether a run is suspended, or running.
    pub(crate) fn is_started(&self) -> bool {
        self.is_started.get()
    }

    /// What a waiting host function shows: where on the stack, and how many values.
    pub(crate) fn shown(&self) -> Option<(usize, usize)> {
        self.shown.get()
    }

    /// Leaves something for the host, who is to be waited for.
    pub(crate) fn leave_parcel(&self, parcel: Box<dyn Any + Send>) {
        self.parcel.set(Some(parcel));
    }

    /// Takes what a waiting host function left.
    pub(crate) fn take_parcel(&self) -> Option<Box<dyn Any + Send>> {
        self.parcel.take()
    }

    /// Suspends runs after each `steps` steps; `None` never does.
    pub(crate) fn set_slice(&self, steps: Option<u64>) {
        self.slice_steps.set(steps);
    }

    /// Steps until the slice ends, for the countdown.
    pub(super) fn steps_left(&self, steps: u64) -> u64 {
        match self.slice_steps.get() {
            Some(_) if !self.is_driven.get() => u64::MAX,
            // A slice that could not be ended in time is ended as soon as it can be.
            Some(_) if steps >= self.slice_end.get() => 0,
            Some(_) => self.slice_end.get() - steps,
            None => u64::MAX,
        }
    }

    /// Whether the loop is to be left without unwinding.
    pub(super) fn is_leaving(&self) -> bool {
        self.is_leaving.get()
    }
}

impl<'r> State<'r> {
    /// Whether a run can be suspended here (W2).
    fn is_suspendable(&self) -> bool {
        self.suspension.is_driven.get() && self.host_depth.get() == 1
    }

    /// Ends the slice at a safepoint, if it is used up.
    ///
    /// # Errors
    /// The one by which the loop is left.
    pub(super) fn end_slice(&self) -> Result<(), Error<'r>> {
        if self.suspension.steps_left(self.steps()) > 0 || !self.is_suspendable() {
            return Ok(());
        }
        self.suspension.shown.set(None);
        Err(self.leave())
    }

    fn leave(&self) -> Error<'r> {
        self.suspension.is_leaving.set(true);
        Error::bare(ErrorKind::Runtime)
    }

    /// Makes the run wait for the host, at the request of a host function whose marker is the
    /// newest frame.
    ///
    /// # Errors
    /// It cannot wait here (W2), or the one by which the loop is left.
    pub(super) fn wait(
        &self,
        ret: Ret,
        native: Native<'r>,
        from: usize,
        count: usize,
    ) -> Result<Flow, Error<'r>> {
        let is_raising = matches!(ret.on_return, OnReturn::Handler | OnReturn::Unwind);
        if !self.is_suspendable() || is_raising {
            let _ = self.suspension.take_parcel();
            let error = self.host_error(b"attempt to wait where the host cannot suspend the run");
            return Err(self.native_error_at(ret.func, error));
        }
        let marker = ret.frame(FrameKind::Native, native.as_ptr(), from + count);
        self.thread().push_frame(&self.store, marker)?;
        self.thread().object().top.set((from + count) as u32);
        self.suspension.shown.set(Some((from, count)));
        Err(self.leave())
    }

    /// Starts the call that [`State::lay_out`] put on the stack.
    ///
    /// # Errors
    /// What the call raises.
    pub(crate) fn start(&self, count: usize) -> Result<Progress, Error<'r>> {
        let thread = self.thread();
        let slot = self.free_slot();
        let outer_top = thread.object().top.get();
        let entry =
            Ret::all(slot, OnReturn::Exit).frame(FrameKind::Entry, core::ptr::null_mut(), slot);
        thread.push_frame(&self.store, entry)?;
        self.suspension.outer_top.set(outer_top);
        self.suspension.is_started.set(true);
        let host_calls = &thread.object().host_calls;
        host_calls.set(host_calls.get() + 1);
        self.drive(|| self.call_at(slot, count, Ret::all(slot, OnReturn::Exit)))
    }

    /// Puts what a waiting host function gets on the stack, for [`State::resume_run`]; returns the
    /// count.
    ///
    /// # Errors
    /// The stack has no room for it.
    pub(crate) fn lay_out_answer(&self, values: &[Value<'r>]) -> Result<usize, Error<'r>> {
        let Some((from, _)) = self.suspension.shown() else {
            return Ok(0);
        };
        let thread = self.thread();
        thread
            .ensure(&self.store, from + values.len())
            .map_err(|error| self.stack_error(error))?;
        for (index, value) in values.iter().enumerate() {
            thread.set(from + index, *value);
        }
        Ok(values.len())
    }

    /// Goes on with a suspended run; a waiting host function gets the `count` values that were
    /// laid out.
    ///
    /// # Errors
    /// What the run raises.
    pub(crate) fn resume_run(&self, count: usize) -> Result<Progress, Error<'r>> {
        match self.suspension.shown.take() {
            None => self.drive(|| Ok(Flow::Frame)),
            Some((from, _)) => {
                let top = &self.thread().object().top;
                top.set((from + count) as u32);
                self.drive(|| self.deliver(Ret::all(from, OnReturn::Continue), from, count))
            }
        }
    }

    /// Raises `error` where a suspended run stands.
    ///
    /// # Errors
    /// What the run raises then.
    pub(crate) fn fail_run(&self, error: Error<'r>) -> Result<Progress, Error<'r>> {
        self.suspension.shown.set(None);
        self.drive(|| Err(error))
    }

    /// Runs the loop from `first` on until the run is over or suspended.
    fn drive(
        &self,
        first: impl FnOnce() -> Result<Flow, Error<'r>>,
    ) -> Result<Progress, Error<'r>> {
        if let Some(slice) = self.suspension.slice_steps.get() {
            let end = self.steps().saturating_add(slice.max(1));
            self.suspension.slice_end.set(end);
        }
        self.host_depth.set(self.host_depth.get() + 1);
        self.set_evacuating(true);
        self.suspension.is_driven.set(true);
        let flow = self.interrupt().and_then(|()| first());
        let result = run::run(self.brand(), flow);
        self.suspension.is_driven.set(false);
        self.set_evacuating(false);
        self.host_depth.set(self.host_depth.get() - 1);
        if result.is_err() && self.suspension.is_leaving.take() {
            return Ok(match self.suspension.shown.get() {
                Some((from, count)) => Progress::Wait { from, count },
                None => Progress::Slice,
            });
        }
        // The run may have moved everything; it ends on the thread that it began on.
        let thread = self.thread();
        self.suspension.is_started.set(false);
        let host_calls = &thread.object().host_calls;
        host_calls.set(host_calls.get() - 1);
        let from = match thread.frame(thread.frame_count().wrapping_sub(1)) {
            Some(entry) if result.is_ok() => entry.func as usize,
            _ => 0,
        };
        if result.is_ok() {
            thread.pop_frame();
        }
        thread.object().top.set(self.suspension.outer_top.get());
        result.map(|count| Progress::Done { from, count })
    }
}
