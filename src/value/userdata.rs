//! Host objects: a value that the host gave to the region, with a metatable and user values.
#![allow(unsafe_code)]

use core::cell::Cell;
use core::ptr::NonNull;

use super::header::{Header, Kind};
use super::host::HostNode;
use super::repr::{Value, tag};
use super::store::Store;
use super::table::Table;
use crate::memory::{AllocError, Ref};

/// A host object of the region `'r`.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct UserData<'r>(pub(super) Ref<'r, UserDataObject<'r>>);

/// The object behind a [`UserData`].
#[repr(C)]
pub(crate) struct UserDataObject<'r> {
    header: Header,
    metatable: Cell<Option<Table<'r>>>,
    /// What the owner of the type needs: an index into the region's host objects.
    pub(crate) slot: Cell<usize>,
    user_value: Cell<Value<'r>>,
    /// The value of the host that it stands for, or null.
    host: Cell<*mut HostNode>,
}

/// The entry of those that have none.
const LIGHT_SLOT: usize = usize::MAX;

impl<'r> UserDataObject<'r> {
    /// The metatable's field, for evacuations.
    pub(super) fn metatable_cell(&self) -> &Cell<Option<Table<'r>>> {
        &self.metatable
    }

    /// The user value's field, for evacuations.
    pub(super) fn user_value_cell(&self) -> &Cell<Value<'r>> {
        &self.user_value
    }

    /// The value of the host that it stands for.
    pub(super) fn host(&self) -> Option<&'r HostNode> {
        // SAFETY: a node stays as long as its object is reachable (HV1).
        unsafe { self.host.get().as_ref() }
    }
}

impl<'r> UserData<'r> {
    /// Makes a host object that stands for the value behind `node`.
    ///
    /// # Errors
    /// The region has no room for it.
    pub(crate) fn of_host(store: &Store<'r>, node: NonNull<HostNode>) -> Result<Self, AllocError> {
        let userdata = Self::new(store, 0)?;
        userdata.0.host.set(node.as_ptr());
        Ok(userdata)
    }

    /// The value of the host that it stands for, if the host made it.
    #[inline]
    pub(crate) fn host(self) -> Option<&'r HostNode> {
        self.0.get().host()
    }

    /// Makes a host object that stands for the entry `slot` of its owner's list.
    ///
    /// # Errors
    /// The region has no room for it.
    pub(crate) fn new(store: &Store<'r>, slot: usize) -> Result<Self, AllocError> {
        Ok(Self(store.heap.alloc(UserDataObject {
            header: Header::new(Kind::UserData, 0, store.serials.take(Kind::UserData)),
            metatable: Cell::new(None),
            slot: Cell::new(slot),
            user_value: Cell::new(Value::NIL),
            host: Cell::new(core::ptr::null_mut()),
        })?))
    }

    /// The host object as a value.
    #[inline(always)]
    pub fn to_value(self) -> Value<'r> {
        // SAFETY: the tag of the kind.
        unsafe {
            Value::object(
                tag::USERDATA,
                NonNull::new_unchecked(self.0.as_ptr()).cast(),
            )
        }
    }

    /// The metatable.
    pub fn metatable(self) -> Option<Table<'r>> {
        self.0.metatable.get()
    }

    /// Replaces the metatable.
    pub fn set_metatable(self, metatable: Option<Table<'r>>) {
        self.0.metatable.set(metatable);
    }

    /// Makes an object that stands for something else, and has no value of its own: what PUC Lua
    /// has light userdata for.
    ///
    /// # Errors
    /// The region has no room for it.
    pub(crate) fn new_light(store: &Store<'r>) -> Result<Self, AllocError> {
        Self::new(store, LIGHT_SLOT)
    }

    /// Whether it only stands for something.
    pub(crate) fn is_light(self) -> bool {
        self.slot() == LIGHT_SLOT && self.host().is_none()
    }

    /// The entry in its owner's list.
    pub(crate) fn slot(self) -> usize {
        self.0.slot.get()
    }

    /// The value that scripts attach to it through `debug`.
    pub(crate) fn user_value(self) -> &'r Cell<Value<'r>> {
        &self.0.get().user_value
    }
}
