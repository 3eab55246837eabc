//! Values of the host that a region owns or borrows: in memory that never moves.
#![allow(unsafe_code)]
//!
//! - **HV1** A node and its value stay where they are until the region closes, or until an
//!   evacuation finds that nothing reaches the object that stands for them.
//! - **HV2** `data` points to a live value of the type that `type_id` names: behind the node, or,
//!   where the value is lent, at the host's, who keeps it as long as the region.
//! - **HV3** `borrows` counts the shared borrows that are out; [`EXCLUSIVE`] stands for one that
//!   is not shared.
//! - **HV4** Closing drops the values newest first, each whatever became of those before it.

use core::any::{TypeId, type_name};
use core::cell::Cell;
use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};
use core::ptr::{self, NonNull};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::store::Store;
use crate::memory::{ALIGN, AllocError, Bound};

/// What `borrows` holds while a value is borrowed exclusively.
const EXCLUSIVE: u32 = u32::MAX;
/// How many recycled nodes a request looks at.
const RECYCLED_SEARCH_MAX: usize = 16;

/// How the region came by a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holding {
    /// It owns it.
    Owned,
    /// It may read it.
    Shared,
    /// It has it for itself as long as it is open.
    Exclusive,
}

/// What comes before a host value.
pub(crate) struct HostNode {
    older: Cell<*mut HostNode>,
    data: *mut (),
    drop: Option<unsafe fn(*mut ())>,
    type_id: TypeId,
    type_name: &'static str,
    borrows: Cell<u32>,
    holding: Holding,
    /// Whether a host object stands for the value, so that it can be found unreachable.
    is_object: bool,
    /// The evacuation that last found the object reachable.
    epoch: Cell<u32>,
    /// Bytes of node and value together.
    bytes: usize,
}

/// Why a host value cannot be borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BorrowError {
    /// It is of another type.
    Type(&'static str),
    /// It is borrowed already.
    Taken,
    /// The host lent it for reading.
    ReadOnly,
}

/// The identity of values that no host object stands for.
struct Anonymous;

/// The host values of a region.
pub(crate) struct HostList {
    newest: Cell<*mut HostNode>,
    recycled: Cell<*mut HostNode>,
}

impl HostList {
    pub(super) const fn new() -> Self {
        Self {
            newest: Cell::new(ptr::null_mut()),
            recycled: Cell::new(ptr::null_mut()),
        }
    }

    fn push(&self, node: NonNull<HostNode>) {
        // SAFETY: the node was initialised by its maker, and is in no list yet.
        unsafe { node.as_ref() }.older.set(self.newest.get());
        self.newest.set(node.as_ptr());
    }

    fn pop(&self) -> Option<NonNull<HostNode>> {
        let node = NonNull::new(self.newest.get())?;
        // SAFETY: listed nodes are live (HV1).
        self.newest.set(unsafe { node.as_ref() }.older.get());
        Some(node)
    }

    /// Takes a recycled node of just that size.
    fn take_recycled(&self, bytes: usize) -> Option<NonNull<u8>> {
        let mut place = &self.recycled;
        for _ in 0..RECYCLED_SEARCH_MAX {
            let node = NonNull::new(place.get())?;
            // SAFETY: recycled nodes are memory of the region that nobody uses; their fields are
            // as they were.
            let fields = unsafe { node.as_ref() };
            if fields.bytes == bytes {
                place.set(fields.older.get());
                return Some(node.cast());
            }
            place = &fields.older;
        }
        None
    }

    /// Drops the values whose objects the evacuation `epoch` did not reach.
    ///
    /// # Panics
    /// A destructor does; the others have run by then.
    pub(super) fn reap(&self, epoch: u32) {
        let mut panic = None;
        let mut place: *const Cell<*mut HostNode> = &raw const self.newest;
        // SAFETY: `place` is the list's head or a field of a listed node; nodes are live (HV1),
        // and destructors cannot reach the list.
        unsafe {
            while let Some(node) = NonNull::new((*place).get()) {
                let fields = node.as_ref();
                if !fields.is_object || fields.epoch.get() == epoch {
                    place = &raw const fields.older;
                    continue;
                }
                (*place).set(fields.older.get());
                panic = panic.or(drop_value(node));
                fields.older.set(self.recycled.get());
                self.recycled.set(node.as_ptr());
            }
        }
        go_on(panic);
    }
}

impl HostList {
    /// Drops all values, newest first.
    ///
    /// # Panics
    /// A destructor does; the others have run by then.
    fn drop_all(&self) {
        let mut panic = None;
        while let Some(node) = self.pop() {
            // SAFETY: the node was listed, and is not any more.
            let next = unsafe { drop_value(node) };
            panic = panic.or(next);
        }
        go_on(panic);
    }
}

impl Drop for HostList {
    fn drop(&mut self) {
        self.drop_all();
    }
}

/// Lets the first panic of the destructors go on, unless one is on its way already.
fn go_on(panic: Option<Box<dyn Any + Send>>) {
    if let Some(panic) = panic
        && !std::thread::panicking()
    {
        resume_unwind(panic);
    }
}

/// Runs the destructor of a value that is in no list any more, and keeps its panic.
///
/// # Safety
/// The node is live, and nobody uses the value from now on.
unsafe fn drop_value(node: NonNull<HostNode>) -> Option<Box<dyn Any + Send>> {
    // SAFETY: the caller's promise.
    let fields = unsafe { node.as_ref() };
    let drop = fields.drop?;
    // SAFETY: the value is live (HV2), and this is the end of it.
    catch_unwind(AssertUnwindSafe(|| unsafe { drop(fields.data) })).err()
}

/// # Safety
/// `data` points to a live `T`, which is not used afterwards.
unsafe fn drop_as<T>(data: *mut ()) {
    // SAFETY: the caller's promise.
    unsafe { ptr::drop_in_place(data.cast::<T>()) }
}

impl<'r> Store<'r> {
    /// Drops all values of the host, newest first, before the region closes.
    ///
    /// # Panics
    /// A destructor does; the others have run by then.
    ///
    /// # Safety
    /// No object that stands for one, and no function that the host made in the region, is used
    /// from now on.
    pub(crate) unsafe fn drop_hosts(&self) {
        self.hosts.drop_all();
    }

    /// Moves `value` into the region, whose closing drops it. Nothing of Lua stands for it yet.
    ///
    /// # Errors
    /// There is no room for it.
    ///
    /// # Safety
    /// The value may live as long as the region: what it borrows outlives that.
    pub(crate) unsafe fn keep<T>(&self, value: T) -> Result<NonNull<T>, AllocError> {
        // SAFETY: the caller's promise.
        let node = unsafe { self.own(value, TypeId::of::<Anonymous>(), false) }?;
        // SAFETY: made just now; its data is a `T`.
        Ok(unsafe { NonNull::new_unchecked(node.as_ref().data.cast()) })
    }

    /// Moves `value` into the region, for a host object to stand for it.
    ///
    /// # Errors
    /// There is no room for it.
    pub(crate) fn own_object<T: 'static>(&self, value: T) -> Result<NonNull<HostNode>, AllocError> {
        // SAFETY: the value borrows nothing.
        unsafe { self.own(value, TypeId::of::<T>(), true) }
    }

    /// # Safety
    /// As [`Store::keep`]; `type_id` is that of `T` if anybody is to borrow the value by type.
    unsafe fn own<T>(
        &self,
        value: T,
        type_id: TypeId,
        is_object: bool,
    ) -> Result<NonNull<HostNode>, AllocError> {
        // A value that is aligned more strictly than the heap's blocks needs room to be moved up.
        let slack = align_of::<T>().saturating_sub(ALIGN);
        let bytes = size_of::<HostNode>() + size_of::<T>() + slack;
        let start = self.host_block(bytes)?;
        let behind = start.as_ptr().wrapping_add(size_of::<HostNode>());
        let offset = behind.align_offset(align_of::<T>());
        if offset > slack.max(ALIGN) {
            return Err(AllocError::new(Bound::Request, bytes));
        }
        let data = behind.wrapping_add(offset).cast::<T>();
        // SAFETY: fresh bytes for the node, and behind it, aligned, for the value.
        unsafe { data.write(value) };
        let drop: Option<unsafe fn(*mut ())> =
            core::mem::needs_drop::<T>().then_some(drop_as::<T> as unsafe fn(*mut ()));
        Ok(self.add_node(
            start,
            HostNode {
                older: Cell::new(ptr::null_mut()),
                data: data.cast(),
                drop,
                type_id,
                type_name: type_name::<T>(),
                borrows: Cell::new(0),
                holding: Holding::Owned,
                is_object,
                epoch: Cell::new(0),
                bytes,
            },
        ))
    }

    /// Notes a value that the host lends for reading, for a host object to stand for it.
    ///
    /// # Errors
    /// There is no room for the note.
    ///
    /// # Safety
    /// The value is shared as long as the region is open.
    pub(crate) unsafe fn lend<T: 'static>(
        &self,
        value: &T,
    ) -> Result<NonNull<HostNode>, AllocError> {
        let data = ptr::from_ref(value).cast_mut();
        self.note::<T>(data, Holding::Shared)
    }

    /// Notes a value that the host lends for writing, for a host object to stand for it.
    ///
    /// # Errors
    /// There is no room for the note.
    ///
    /// # Safety
    /// Nobody else uses the value as long as the region is open.
    pub(crate) unsafe fn lend_mut<T: 'static>(
        &self,
        value: &mut T,
    ) -> Result<NonNull<HostNode>, AllocError> {
        self.note::<T>(ptr::from_mut(value), Holding::Exclusive)
    }

    fn note<T: 'static>(
        &self,
        data: *mut T,
        holding: Holding,
    ) -> Result<NonNull<HostNode>, AllocError> {
        let bytes = size_of::<HostNode>();
        let start = self.host_block(bytes)?;
        Ok(self.add_node(
            start,
            HostNode {
                older: Cell::new(ptr::null_mut()),
                data: data.cast(),
                drop: None,
                type_id: TypeId::of::<T>(),
                type_name: type_name::<T>(),
                borrows: Cell::new(0),
                holding,
                is_object: true,
                epoch: Cell::new(0),
                bytes,
            },
        ))
    }

    fn host_block(&self, bytes: usize) -> Result<NonNull<u8>, AllocError> {
        match self.hosts.take_recycled(bytes) {
            Some(block) => Ok(block),
            None => self.heap.permanent(bytes),
        }
    }

    fn add_node(&self, start: NonNull<u8>, node: HostNode) -> NonNull<HostNode> {
        const { assert!(align_of::<HostNode>() <= ALIGN) };
        let place = start.cast::<HostNode>();
        // SAFETY: the start of a block that has room for a node.
        unsafe { place.write(node) };
        self.hosts.push(place);
        place
    }
}

impl HostNode {
    /// Notes that an evacuation reached the object that stands for the value.
    pub(super) fn mark(&self, epoch: u32) {
        self.epoch.set(epoch);
    }

    /// The Rust name of the value's type.
    pub(crate) fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// Whether the value is a `T`.
    #[inline]
    pub(crate) fn is<T: 'static>(&self) -> bool {
        self.type_id == TypeId::of::<T>()
    }

    /// Borrows the value for reading.
    ///
    /// # Errors
    /// It is of another type, or borrowed exclusively.
    #[inline]
    pub(crate) fn borrow<T: 'static>(&self) -> Result<HostRef<'_, T>, BorrowError> {
        if !self.is::<T>() {
            return Err(BorrowError::Type(self.type_name));
        }
        let borrows = self.borrows.get();
        if borrows >= EXCLUSIVE - 1 {
            return Err(BorrowError::Taken);
        }
        self.borrows.set(borrows + 1);
        Ok(HostRef {
            node: self,
            marker: PhantomData,
        })
    }

    /// Borrows the value for writing.
    ///
    /// # Errors
    /// It is of another type, borrowed, or lent for reading.
    #[inline]
    pub(crate) fn borrow_mut<T: 'static>(&self) -> Result<HostRefMut<'_, T>, BorrowError> {
        if !self.is::<T>() {
            return Err(BorrowError::Type(self.type_name));
        }
        if self.holding == Holding::Shared {
            return Err(BorrowError::ReadOnly);
        }
        if self.borrows.get() != 0 {
            return Err(BorrowError::Taken);
        }
        self.borrows.set(EXCLUSIVE);
        Ok(HostRefMut {
            node: self,
            marker: PhantomData,
        })
    }
}

/// A host value that is borrowed for reading.
pub(crate) struct HostRef<'r, T> {
    node: &'r HostNode,
    marker: PhantomData<&'r T>,
}

impl<T> Deref for HostRef<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the type was checked, and no exclusive borrow is out (HV2, HV3).
        unsafe { &*self.node.data.cast::<T>() }
    }
}

impl<T> Drop for HostRef<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.node.borrows.set(self.node.borrows.get() - 1);
    }
}

/// A host value that is borrowed for writing.
pub(crate) struct HostRefMut<'r, T> {
    node: &'r HostNode,
    marker: PhantomData<&'r mut T>,
}

impl<T> Deref for HostRefMut<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the type was checked, and no other borrow is out (HV2, HV3).
        unsafe { &*self.node.data.cast::<T>() }
    }
}

impl<T> DerefMut for HostRefMut<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above.
        unsafe { &mut *self.node.data.cast::<T>() }
    }
}

impl<T> Drop for HostRefMut<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.node.borrows.set(0);
    }
}
