//! An execution that owns what it borrows: its arena, its streams, its engine.
#![allow(unsafe_code)]
//!
//! - **OW1** The keeper does not move and is not touched while the state lives, which is dropped
//!   first.
//! - **OW2** Each use brands the region anew, as for [`Opened`](super::opened::Opened): between
//!   two uses nobody outside holds a value of it.
//! - **OW3** What hosts give such an execution may be sent to other threads: it takes functions
//!   and objects only through handles that ask for that (`embed::Lua`).

use core::marker::PhantomData;
use core::ptr::NonNull;

use super::interrupt::Limits;
use super::state::{Setup, State};
use crate::memory::AllocError;

/// An execution and its keeper, which owns what the execution borrows.
pub(crate) struct Owned<K> {
    state: NonNull<State<'static>>,
    keeper: NonNull<K>,
    /// Set while the state is in use; a panic leaves it so.
    is_used: bool,
    marker: PhantomData<K>,
}

// SAFETY: the state points into what the keeper owns, which may be sent, and into its own memory;
// between two uses nothing outside points into that (OW2), and what hosts gave may be sent (OW3).
unsafe impl<K: Send> Send for Owned<K> {}

impl<K> Owned<K> {
    /// Opens an execution on what `keeper` owns.
    ///
    /// # Errors
    /// The arena has no room even for an empty execution.
    pub(crate) fn open(
        keeper: K,
        setup: impl for<'a> FnOnce(&'a mut K) -> Setup<'a>,
    ) -> Result<Self, AllocError> {
        // SAFETY: a box is not null.
        let keeper = unsafe { NonNull::new_unchecked(Box::into_raw(Box::new(keeper))) };
        // SAFETY: the box is alive until this execution is dropped, and nobody else uses it.
        let setup = setup(unsafe { &mut *keeper.as_ptr() });
        // SAFETY: the state is dropped before the keeper (OW1).
        match unsafe { State::open(setup) } {
            Ok(state) => Ok(Self {
                // SAFETY: a box is not null.
                state: unsafe { NonNull::new_unchecked(Box::into_raw(Box::new(state))) },
                keeper,
                is_used: false,
                marker: PhantomData,
            }),
            Err(error) => {
                // SAFETY: nothing borrows from the keeper any more.
                drop(unsafe { Box::from_raw(keeper.as_ptr()) });
                Err(error)
            }
        }
    }

    /// Lets `body` use the execution.
    ///
    /// # Errors
    /// A panic broke off an earlier use, so that nothing can be said of the state.
    pub(crate) fn enter<R>(
        &mut self,
        body: impl for<'s> FnOnce(&'s State<'s>) -> R,
    ) -> Result<R, Broken> {
        if self.is_used {
            return Err(Broken);
        }
        self.is_used = true;
        // SAFETY: the lifetime is a brand (OW2); the state lives as long as `self`.
        let result = body(unsafe { &*self.state.as_ptr().cast::<State<'_>>() });
        self.is_used = false;
        Ok(result)
    }

    /// Whether a panic broke off a use.
    pub(crate) fn is_broken(&self) -> bool {
        self.is_used
    }

    /// Replaces the bounds of the run.
    pub(crate) fn set_limits(&mut self, limits: Limits) {
        // SAFETY: no use is in progress, for `self` is borrowed alone.
        let state = unsafe { &mut *self.state.as_ptr() };
        state.limits = limits.after(&state.limits);
        state.arm();
    }
}

impl<K> Drop for Owned<K> {
    fn drop(&mut self) {
        let keeper = self.keeper;
        scopeguard::defer! {
            // SAFETY: nothing borrows from the keeper any more (OW1); made from a box.
            drop(unsafe { Box::from_raw(keeper.as_ptr()) });
        }
        let state = self.state;
        scopeguard::defer! {
            // SAFETY: made from a box, and dropped once.
            drop(unsafe { Box::from_raw(state.as_ptr()) });
        }
        // After a panic nothing more runs: it may go on through this very drop.
        if !self.is_used && !std::thread::panicking() {
            let _ = self.enter(|state| {
                if state.finish(None) {
                    // The host learns of lost output from its own streams.
                    let _ = state.streams.flush_out();
                }
            });
        }
    }
}

/// A panic broke off a use of an execution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Broken;
