//! Functions of hosts: closures of Rust that scripts call.
#![allow(unsafe_code)]
//!
//! - **HF1** A host function is an object that never moves, with its closure behind it: in the
//!   region's permanent memory, or in an engine, which outlives its regions.
//! - **HF2** A closure is made in code that is generic in the region's brand, and holds nothing of
//!   any region (it is `'static`, or outlives the region). So it may be called in every region,
//!   whatever the brand it was made under.

use core::cell::Cell;
use core::marker::PhantomData;
use core::ptr::NonNull;

use super::native::{Call, Reply};
use super::state::State;
use crate::error::Error;
use crate::memory::AllocError;
use crate::value::{ENGINE_SERIAL_START, Kind, Native, NativeObject, UserData};

/// A host function in memory that never moves.
#[repr(C)]
struct HostNative<F> {
    object: NativeObject,
    function: F,
}

/// Calls the closure of the host function that is called.
fn enter<'r, F>(call: &Call<'r>) -> Result<Reply, Error<'r>>
where
    F: Fn(&Call<'r>) -> Result<Reply, Error<'r>>,
{
    if size_of::<F>() == 0 {
        // SAFETY: a value without size is anywhere; whoever made this entry had one.
        let reply = unsafe { NonNull::<F>::dangling().as_ref() }(call);
        call.state.note_elapsed();
        return reply;
    }
    let Some(native) = call.callee() else {
        return call.none();
    };
    // SAFETY: this entry belongs to a `HostNative<F>`, which never moves (HF1).
    let function = unsafe { &(*native.as_ptr().cast::<HostNative<F>>()).function };
    let reply = function(call);
    call.state.note_elapsed();
    reply
}

/// The entry point of host functions with this closure.
fn entry<'r, F>() -> *const ()
where
    F: Fn(&Call<'r>) -> Result<Reply, Error<'r>>,
{
    enter::<F> as fn(&Call<'r>) -> Result<Reply, Error<'r>> as *const ()
}

impl<'r> State<'r> {
    /// A host function of this region.
    ///
    /// # Errors
    /// The region has no room for it.
    pub(crate) fn host_native<F>(&self, function: F) -> Result<Native<'r>, AllocError>
    where
        F: Fn(&Call<'r>) -> Result<Reply, Error<'r>> + 'static,
    {
        // SAFETY: the closure borrows nothing.
        unsafe { self.keep_native(function) }
    }

    /// # Safety
    /// What the closure borrows outlives the region.
    unsafe fn keep_native<F>(&self, function: F) -> Result<Native<'r>, AllocError>
    where
        F: Fn(&Call<'r>) -> Result<Reply, Error<'r>>,
    {
        let serial = self.store.serials.take(Kind::Native);
        let native = HostNative {
            object: NativeObject::fixed(entry::<F>(), serial),
            function,
        };
        // SAFETY: the caller's promise; kept memory lives as long as the region.
        unsafe {
            let kept = self.store.keep(native)?;
            Ok(Native::from_fixed(kept.cast()))
        }
    }
}

/// Leave to give the region what lives in the host for `'h`.
#[derive(Clone, Copy)]
pub(crate) struct HostScope<'r, 'h> {
    state: &'r State<'r>,
    /// Invariant: a scope of a longer life must not pass for one of a shorter.
    marker: PhantomData<Cell<&'h ()>>,
}

impl<'r, 'h> HostScope<'r, 'h> {
    /// # Safety
    /// The region is closed before `'h` ends.
    pub(super) unsafe fn new(state: &'r State<'r>) -> Self {
        Self {
            state,
            marker: PhantomData,
        }
    }

    /// The execution.
    pub(crate) fn state(self) -> &'r State<'r> {
        self.state
    }

    /// A host function that may borrow from the host.
    ///
    /// # Errors
    /// The region has no room for it.
    pub(crate) fn native<F>(self, function: F) -> Result<Native<'r>, AllocError>
    where
        F: Fn(&Call<'r>) -> Result<Reply, Error<'r>> + 'h,
    {
        // SAFETY: 'h outlives the region.
        unsafe { self.state.keep_native(function) }
    }

    /// A host object that stands for a value of the host, for reading.
    ///
    /// # Errors
    /// The region has no room for it.
    pub(crate) fn lend<T: 'static>(self, value: &'h T) -> Result<UserData<'r>, AllocError> {
        // SAFETY: 'h outlives the region.
        let node = unsafe { self.state.store.lend(value) }?;
        UserData::of_host(&self.state.store, node)
    }

    /// A host object that stands for a value of the host, for writing.
    ///
    /// # Errors
    /// The region has no room for it.
    pub(crate) fn lend_mut<T: 'static>(self, value: &'h mut T) -> Result<UserData<'r>, AllocError> {
        // SAFETY: 'h outlives the region, and so does the only way to the value.
        let node = unsafe { self.state.store.lend_mut(value) }?;
        UserData::of_host(&self.state.store, node)
    }
}

/// What an engine keeps for all its regions, to be dropped with it.
trait Kept: Send + Sync {}

impl<F: Send + Sync> Kept for HostNative<F> {}

// SAFETY: nobody writes to the object of a host function that is kept in an engine: it has no
// captured values, and its flags and serial number are never changed.
unsafe impl<F: Sync> Sync for HostNative<F> {}
// SAFETY: `entry` points to code.
unsafe impl<F: Send> Send for HostNative<F> {}

/// The owner of a host function that regions point to.
struct Owner(NonNull<dyn Kept>);

impl Drop for Owner {
    fn drop(&mut self) {
        // SAFETY: the pointer came from a box, and no region of the engine is open any more.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// The host functions of an engine.
#[derive(Default)]
pub(crate) struct HostFunctions {
    natives: Vec<NonNull<NativeObject>>,
    /// Never used again but to be dropped.
    owners: typed_arena::Arena<Owner>,
}

// SAFETY: the functions may be sent and shared (`Kept`), and the arena is not touched once there
// are other threads: adding needs `&mut`.
unsafe impl Send for HostFunctions {}
// SAFETY: as above.
unsafe impl Sync for HostFunctions {}

impl HostFunctions {
    /// Adds a function, and returns its number.
    pub(crate) fn add<'m, F>(&mut self, function: F) -> usize
    where
        F: Fn(&Call<'m>) -> Result<Reply, Error<'m>> + Send + Sync + 'static,
    {
        let number = self.natives.len();
        let serial = ENGINE_SERIAL_START + number as u64;
        let native = Box::new(HostNative {
            object: NativeObject::fixed(entry::<F>(), serial),
            function,
        });
        // SAFETY: a box is not null.
        let native = unsafe { NonNull::new_unchecked(Box::into_raw(native)) };
        self.natives.push(native.cast());
        self.owners.alloc(Owner(native));
        number
    }
}

impl<'r> State<'r> {
    /// The function of the engine with this number.
    pub(crate) fn engine_native(&self, number: usize) -> Option<Native<'r>> {
        let object = self.functions.natives.get(number)?;
        // SAFETY: the engine's functions are borrowed as long as this execution is open (HF1).
        Some(unsafe { Native::from_fixed(*object) })
    }
}
