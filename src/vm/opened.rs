//! An open execution between the uses that a host makes of it.
#![allow(unsafe_code)]
//!
//! - **Q1** Each use brands the region anew: a closure that is generic in the brand can keep
//!   nothing of it, so between two uses nobody outside holds a value of the region.
//! - **Q2** Therefore everything may move while [`Opened::run`] runs what its first closure laid
//!   out on the stack: there is no use in progress then, for `run` borrows the execution alone.

use core::cell::Cell;
use core::marker::PhantomData;
use core::mem::MaybeUninit;

use super::host::HostScope;
use super::state::{Setup, State};
use crate::error::{Error, ErrorKind};
use crate::memory::AllocError;
use crate::value::Value;

/// An execution that is open.
pub(crate) struct Opened<'a, 'h> {
    /// The brand stands for the setup's borrows; it is invariant and fresh (`with_opened`), so
    /// that two executions cannot change places.
    state: State<'a>,
    /// What the host may lend: it lives as long as `'h`, and so longer than the execution.
    marker: PhantomData<Cell<&'h ()>>,
}

/// Opens an execution, hands it to `body`, and closes it on every path, panics included.
///
/// The host may lend what lives as long as `'h`: any lifetime that `_witness` has, for that is
/// longer than this call.
///
/// # Errors
/// The arena has no room even for an empty execution.
pub(crate) fn with_opened<'h, T, R>(
    setup: Setup<'_>,
    _witness: &'h T,
    body: impl for<'a> FnOnce(&mut Opened<'a, 'h>) -> R,
) -> Result<R, AllocError> {
    // Opened where it stays: see `State::open_in`. The marker has no bytes.
    let profile = setup.profile;
    let mut place = MaybeUninit::<Opened<'_, 'h>>::uninit();
    let opened = place.as_mut_ptr();
    // SAFETY: within the place.
    let state = unsafe { &raw mut (*opened).state };
    // SAFETY: memory for a state, which nobody else uses; the state is dropped at the end of this
    // function, on every path.
    unsafe { State::open_in(&mut *state.cast(), setup) }?;
    let _guard = scopeguard::guard(opened, |opened| {
        if let Some(profile) = profile {
            profile.detach();
        }
        // SAFETY: opened above, and dropped once; nobody borrows it any more.
        unsafe { core::ptr::drop_in_place(opened) };
    });
    if let Some(profile) = profile {
        // SAFETY: the guard takes it away again before the state goes, which does not move.
        unsafe { (*state).watch_by(profile) };
    }
    // SAFETY: opened above, and borrowed here alone.
    Ok(body(unsafe { &mut *opened }))
}

impl<'h> Opened<'_, 'h> {
    /// Lets `body` use the execution; nothing is evacuated meanwhile.
    pub(crate) fn enter<R>(&mut self, body: impl for<'s> FnOnce(HostScope<'s, 'h>) -> R) -> R {
        // SAFETY: the state is dropped before `'h` ends (`with_opened`).
        body(unsafe { HostScope::new(self.branded()) })
    }

    /// Runs the call that `lay_out` puts on the stack with [`State::lay_out`], evacuating when that
    /// is due; `then` gets its first result.
    pub(crate) fn run<R>(
        &mut self,
        lay_out: impl for<'s> FnOnce(&'s State<'s>) -> Result<usize, Error<'s>>,
        then: impl for<'s> FnOnce(HostScope<'s, 'h>, Result<Value<'s>, Error<'s>>) -> R,
    ) -> R {
        let state = self.branded();
        let result = lay_out(state).and_then(|count| state.run_evacuating(count));
        // SAFETY: as in `enter`.
        then(unsafe { HostScope::new(state) }, result)
    }

    /// Runs the finalizers that are left, for an execution that ended with `error`, or well; true
    /// if there were any. To be called before the execution is dropped, when nobody needs its
    /// values any more; a second call does nothing.
    pub(crate) fn finalize(&mut self, error: Option<ErrorKind>) -> bool {
        self.branded().finish(error)
    }

    fn branded<'s>(&mut self) -> &'s State<'s> {
        // SAFETY: the closures that get it are generic in the brand, and end before this execution
        // does (Q1).
        unsafe { brand(&self.state) }
    }
}

/// Gives a state a fresh brand.
///
/// # Safety
/// The result only reaches closures that are generic in the brand and end before the state does.
pub(super) unsafe fn brand<'s>(state: &State<'_>) -> &'s State<'s> {
    // SAFETY: the lifetime is a brand; the caller's promise.
    unsafe { &*core::ptr::from_ref(state).cast::<State<'s>>() }
}

impl<'r> State<'r> {
    /// Puts `function` and `args` on the stack, for [`Opened::run`]; returns their count.
    ///
    /// # Errors
    /// The stack has no room for them.
    pub(crate) fn lay_out(
        &self,
        function: Value<'r>,
        args: &[Value<'r>],
    ) -> Result<usize, Error<'r>> {
        let (slot, thread) = (self.free_slot(), self.thread());
        thread
            .ensure(&self.store, slot + args.len() + 2)
            .map_err(|error| self.stack_error(error))?;
        for (index, value) in [function].iter().chain(args).enumerate() {
            thread.set(slot + index, *value);
        }
        Ok(args.len())
    }

    fn run_evacuating(&self, count: usize) -> Result<Value<'r>, Error<'r>> {
        let slot = self.free_slot();
        self.set_evacuating(true);
        let result = self.run_at(slot, count);
        self.set_evacuating(false);
        let count = result?;
        Ok(if count > 0 {
            self.thread().get(slot)
        } else {
            Value::NIL
        })
    }
}
