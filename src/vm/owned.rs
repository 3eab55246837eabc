//! An execution that owns what it borrows: its arena, its streams, its engine.
#![allow(unsafe_code)]
//!
//! - **OW1** The keeper does not move and is not changed while the state lives, which is dropped
//!   first. There is a state while `is_open` says so; its place stays for the next.
//! - **OW2** Each use brands the region anew, as for [`Opened`](super::opened::Opened): between
//!   two uses nobody outside holds a value of it.
//! - **OW3** What hosts give such an execution may be sent to other threads: it takes functions
//!   and objects only through handles that ask for that (`embed::Lua`).

use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use super::interrupt::Limits;
use super::state::{Setup, State};
use crate::memory::AllocError;

/// An execution and its keeper, which owns what the execution borrows.
pub(crate) struct Owned<K> {
    place: NonNull<MaybeUninit<State<'static>>>,
    keeper: NonNull<K>,
    /// Whether there is a state.
    is_open: bool,
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
        let mut owned = Self {
            // SAFETY: a box is not null.
            place: unsafe { NonNull::new_unchecked(Box::into_raw(Box::new_uninit())) },
            // SAFETY: a box is not null.
            keeper: unsafe { NonNull::new_unchecked(Box::into_raw(Box::new(keeper))) },
            is_open: false,
            is_used: false,
            marker: PhantomData,
        };
        owned.reopen(setup)?;
        Ok(owned)
    }

    /// Closes the execution, and opens another in its place and on the same memory. `setup` may
    /// change the keeper before it lends of it. After an error there is none.
    ///
    /// # Errors
    /// The arena has no room even for an empty execution.
    pub(crate) fn reopen(
        &mut self,
        setup: impl for<'a> FnOnce(&'a mut K) -> Setup<'a>,
    ) -> Result<(), AllocError> {
        self.close();
        // SAFETY: there is no state (OW1), and `self` is borrowed alone.
        let setup = setup(unsafe { &mut *self.keeper.as_ptr() });
        // SAFETY: the place is there until `self` is dropped, and has nothing in it; the state is
        // dropped before the keeper (OW1).
        unsafe { State::open_in(&mut *self.place.as_ptr(), setup) }?;
        self.is_open = true;
        Ok(())
    }

    /// Runs the finalizers that are left, and closes the execution, if it is open.
    pub(crate) fn close(&mut self) {
        if !self.is_open {
            return;
        }
        let place = self.place;
        let guard = scopeguard::guard(&mut *self, |owned| {
            owned.is_open = false;
            owned.is_used = false;
            // SAFETY: it was open, and nobody uses it any more.
            unsafe { (*place.as_ptr()).assume_init_drop() };
        });
        // After a panic nothing more runs: it may go on through this very call.
        if !guard.is_used && !std::thread::panicking() {
            // SAFETY: the lifetime is a brand (OW2); the guard closes it afterwards.
            let state = unsafe { &*place.as_ptr().cast::<State<'_>>() };
            state.finish(None);
            // The host learns of lost output from its own streams.
            let _ = state.flush_written();
        }
    }

    /// Lets `body` use the execution.
    ///
    /// # Errors
    /// It is closed, or a panic broke off an earlier use, so that nothing can be said of the state.
    pub(crate) fn enter<R>(
        &mut self,
        body: impl for<'s> FnOnce(&'s State<'s>) -> R,
    ) -> Result<R, Broken> {
        if self.is_broken() {
            return Err(Broken);
        }
        self.is_used = true;
        // SAFETY: the lifetime is a brand (OW2); the state lives as long as `self` is borrowed.
        let result = body(unsafe { &*self.place.as_ptr().cast::<State<'_>>() });
        self.is_used = false;
        Ok(result)
    }

    /// Whether it is closed, or a panic broke off a use.
    pub(crate) fn is_broken(&self) -> bool {
        self.is_used || !self.is_open
    }

    /// What the execution is opened on, to be changed; none while it is open.
    pub(crate) fn keeper_mut(&mut self) -> Option<&mut K> {
        if self.is_open {
            return None;
        }
        // SAFETY: there is no state (OW1), and `self` is borrowed alone.
        Some(unsafe { &mut *self.keeper.as_ptr() })
    }

    /// What the execution is opened on; none while it is open.
    pub(crate) fn keeper(&self) -> Option<&K> {
        if self.is_open {
            return None;
        }
        // SAFETY: there is no state (OW1), and nobody changes the keeper while `self` is borrowed.
        Some(unsafe { self.keeper.as_ref() })
    }

    /// Replaces the bounds of the run, if there is one.
    pub(crate) fn set_limits(&mut self, limits: Limits) {
        if !self.is_open {
            return;
        }
        // SAFETY: there is a state, and no use is in progress, for `self` is borrowed alone.
        let state = unsafe { (*self.place.as_ptr()).assume_init_mut() };
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
        let place = self.place;
        scopeguard::defer! {
            // SAFETY: made from a box; what was in it is dropped.
            drop(unsafe { Box::from_raw(place.as_ptr()) });
        }
        self.close();
    }
}

/// An execution cannot be used: it is closed, or a panic broke off a use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Broken;
