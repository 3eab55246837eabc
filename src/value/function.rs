//! Functions: closures compiled from Lua, functions of the host, and upvalues.
#![allow(unsafe_code)]
//!
//! - **C1** A closure's upvalues follow its object, one initialised `Ref` each.
//! - **C2** An upvalue's `slot` points to a stack slot of its thread while it is open, and to its
//!   own `closed` field afterwards. Who moves a stack, or an upvalue, mends the pointer.
//! - **C3** A native's captured values follow its object, one initialised value each.

use core::cell::Cell;
use core::ptr::NonNull;

use super::header::{FLAG_FIXED, Header, Kind};
use super::image_warm::forget_copy;
use super::proto::{Proto, UpvalueSource};
use super::repr::{Value, tag};
use super::store::Store;
use super::string::Str;
use crate::memory::{AllocError, Ref};

/// A function compiled from Lua.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Closure<'r>(pub(super) Ref<'r, ClosureObject<'r>>);

/// The object behind a [`Closure`].
#[repr(C)]
pub(crate) struct ClosureObject<'r> {
    header: Header,
    pub(crate) proto: Ref<'r, Proto>,
    upvalue_count: usize,
}

/// A variable that closures share.
#[repr(C)]
pub(crate) struct Upvalue<'r> {
    header: Header,
    pub(crate) slot: Cell<*mut Value<'r>>,
    pub(crate) closed: Cell<Value<'r>>,
    /// The next open upvalue of the thread, further down its stack.
    pub(crate) next: Cell<Option<Ref<'r, Upvalue<'r>>>>,
}

impl<'r> Upvalue<'r> {
    /// Makes an upvalue that is open on `slot`.
    ///
    /// # Errors
    /// The region has no room for it.
    pub(crate) fn open(
        store: &Store<'r>,
        slot: *mut Value<'r>,
        next: Option<Ref<'r, Upvalue<'r>>>,
    ) -> Result<Ref<'r, Self>, AllocError> {
        store.heap.alloc(Self {
            header: Header::new(Kind::Upvalue, 0, store.serials.take(Kind::Upvalue)),
            slot: Cell::new(slot),
            closed: Cell::new(Value::NIL),
            next: Cell::new(next),
        })
    }

    /// Makes an upvalue that holds `value` and belongs to no stack.
    ///
    /// # Errors
    /// The region has no room for it.
    pub(crate) fn closed(store: &Store<'r>, value: Value<'r>) -> Result<Ref<'r, Self>, AllocError> {
        let upvalue = Self::open(store, core::ptr::null_mut(), None)?;
        upvalue.closed.set(value);
        upvalue.slot.set(upvalue.closed.as_ptr());
        Ok(upvalue)
    }

    /// Takes the value off the stack: from now on the upvalue holds it itself.
    #[inline]
    pub(crate) fn close(&self) {
        let slot = self.closed.as_ptr();
        // SAFETY: both are initialised (C2). The variable was just written, word by word.
        unsafe { Value::copy_words(slot, self.slot.get()) };
        self.slot.set(slot);
    }

    /// The variable's value.
    #[inline(always)]
    pub(crate) fn get(&self) -> Value<'r> {
        // SAFETY: C2.
        unsafe { self.slot.get().read() }
    }

    /// Sets the variable.
    #[inline(always)]
    pub(crate) fn set(&self, value: Value<'r>) {
        // SAFETY: C2.
        unsafe { self.slot.get().write(value) }
    }

    /// A number that tells upvalues of a region apart.
    pub(crate) fn serial(&self) -> u64 {
        self.header.serial()
    }
}

impl ClosureObject<'_> {
    /// Bytes of the object and the upvalue handles behind it.
    ///
    /// # Safety
    /// `object` is a live closure.
    pub(super) unsafe fn bytes(object: *const Self) -> usize {
        // SAFETY: the caller's promise.
        CLOSURE_BYTES + unsafe { (*object).upvalue_count } * size_of::<Ref<'_, Upvalue<'_>>>()
    }
}

const CLOSURE_BYTES: usize = size_of::<ClosureObject<'_>>();

impl<'r> Closure<'r> {
    /// Makes a closure of `proto`; `upvalue` gives each of its upvalues, by where it comes from.
    ///
    /// # Errors
    /// The region has no room for it, or `upvalue` failed.
    #[inline]
    pub(crate) fn new(
        store: &Store<'r>,
        proto: Ref<'r, Proto>,
        mut upvalue: impl FnMut(UpvalueSource) -> Result<Ref<'r, Upvalue<'r>>, AllocError>,
    ) -> Result<Self, AllocError> {
        let upvalues = proto.upvalues.as_slice();
        let upvalue_count = upvalues.len();
        let bytes = CLOSURE_BYTES + upvalue_count * size_of::<Ref<'_, Upvalue<'_>>>();
        let start = store.heap.bump(bytes)?;
        for (index, info) in upvalues.iter().enumerate() {
            let upvalue = upvalue(info.source)?;
            // SAFETY: within the fresh bytes.
            unsafe { start.add(CLOSURE_BYTES).cast().add(index).write(upvalue) };
        }
        let header = Header::new(Kind::Closure, 0, store.serials.take(Kind::Closure));
        let object = start.cast::<ClosureObject<'r>>();
        // SAFETY: fresh bytes; the upvalues behind are initialised (C1).
        unsafe {
            object.write(ClosureObject {
                header,
                proto,
                upvalue_count,
            });
            Ok(Self(Ref::from_raw(object)))
        }
    }

    /// The closure as a value.
    #[inline(always)]
    pub fn to_value(self) -> Value<'r> {
        // SAFETY: the tag of the kind.
        unsafe { Value::object(tag::CLOSURE, NonNull::new_unchecked(self.0.as_ptr()).cast()) }
    }

    /// The compiled function.
    #[inline(always)]
    pub(crate) fn proto(self) -> Ref<'r, Proto> {
        self.0.proto
    }

    /// A name of the compiled function, for as long as the closure lives.
    fn own_name(self, name: Option<Value<'static>>) -> Option<Str<'r>> {
        // SAFETY: a region keeps the programs of its closures, with their names.
        unsafe { name?.rebrand() }.as_str()
    }

    /// What the compiled function's source is called.
    pub(crate) fn source_name(self) -> Option<Str<'r>> {
        self.own_name(Some(self.0.proto.source_name))
    }

    /// The name of the `index`th upvalue.
    pub(crate) fn upvalue_name(self, index: usize) -> Option<Str<'r>> {
        let upvalue = self.0.proto.get().upvalues.as_slice().get(index)?;
        self.own_name(Some(upvalue.name))
    }

    /// The name of the `number`th (from 0) local variable that is alive at `pc`.
    pub(crate) fn local_name(self, number: usize, pc: usize) -> Option<Str<'r>> {
        let name = self.0.proto.get().local_name(number, pc)?;
        self.own_name(Some(name.to_value()))
    }

    /// How many upvalues it has.
    pub(crate) fn upvalue_count(self) -> usize {
        self.0.upvalue_count
    }

    #[inline(always)]
    pub(super) fn upvalue_at(self, index: usize) -> *mut Ref<'r, Upvalue<'r>> {
        debug_assert!(index < self.0.upvalue_count);
        // SAFETY: the upvalues follow the object (C1).
        unsafe {
            let start = self.0.as_ptr().cast::<u8>().add(CLOSURE_BYTES);
            start.cast::<Ref<'r, Upvalue<'r>>>().add(index)
        }
    }

    /// The `index`th upvalue.
    pub(crate) fn upvalue(self, index: usize) -> Option<Ref<'r, Upvalue<'r>>> {
        // SAFETY: below the count (C1).
        (index < self.0.upvalue_count).then(|| unsafe { self.upvalue_at(index).read() })
    }

    /// The `index`th upvalue, unchecked.
    ///
    /// # Safety
    /// `index` is below the proto's upvalue count (verified bytecode).
    #[inline(always)]
    pub(crate) unsafe fn upvalue_unchecked(self, index: usize) -> Ref<'r, Upvalue<'r>> {
        // SAFETY: the caller's promise.
        unsafe { self.upvalue_at(index).read() }
    }

    /// Makes the `index`th upvalue refer to another variable.
    pub(crate) fn set_upvalue(
        self,
        store: &Store<'r>,
        index: usize,
        upvalue: Ref<'r, Upvalue<'r>>,
    ) {
        if index < self.0.upvalue_count {
            // So rare that nobody takes note of which closure it was (WI2).
            forget_copy(store);
            // SAFETY: below the count (C1).
            unsafe { self.upvalue_at(index).write(upvalue) };
        }
    }

    /// The raw object.
    #[inline(always)]
    pub(crate) fn as_ptr(self) -> *mut () {
        self.0.as_ptr().cast()
    }

    /// The closure behind a pointer of [`Closure::as_ptr`].
    ///
    /// # Safety
    /// `pointer` came from `as_ptr` of a closure that is still at that address.
    #[inline(always)]
    pub(crate) unsafe fn from_ptr(pointer: *mut ()) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { Ref::from_raw(NonNull::new_unchecked(pointer.cast())) })
    }
}

/// A function of the host.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Native<'r>(pub(super) Ref<'r, NativeObject>);

/// The object behind a [`Native`]. The VM knows the signature behind `entry`.
#[repr(C)]
pub(crate) struct NativeObject {
    header: Header,
    pub(crate) entry: *const (),
    captured_count: usize,
}

/// Serial numbers of the host functions of engines: above those that regions give out, below those
/// of the libraries.
pub(crate) const ENGINE_SERIAL_START: u64 = 1 << 46;

const NATIVE_BYTES: usize = size_of::<NativeObject>();

impl NativeObject {
    /// A function without captured values, for memory that outlives regions.
    pub(crate) const fn fixed(entry: *const (), serial: u64) -> Self {
        Self {
            header: Header::new(Kind::Native, FLAG_FIXED, serial),
            entry,
            captured_count: 0,
        }
    }
}

/// A function of the libraries with its name: a static, so it outlives every region and never
/// moves.
pub(crate) struct FixedNative {
    name: &'static str,
    object: NativeObject,
}

// SAFETY: nobody writes to the object: it has no captured values, its flags and serial number are
// never changed, and `entry` points to code.
unsafe impl Sync for FixedNative {}

impl FixedNative {
    /// Library functions have serial numbers above those that regions give out.
    const SERIAL_START: u64 = 1 << 47;

    /// The function `name` of the library with number `library`; names differ within a library.
    pub(crate) const fn new(library: u8, name: &'static str, entry: *const ()) -> Self {
        let serial = Self::SERIAL_START | (library as u64) << 32 | name_hash(name) as u64;
        Self {
            name,
            object: NativeObject::fixed(entry, serial),
        }
    }

    /// Its name in the library.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// A handle in any region.
    pub(crate) fn native<'r>(&'static self) -> Native<'r> {
        // SAFETY: a static lives as long as every region.
        unsafe { Native::from_fixed(NonNull::from(&self.object)) }
    }
}

/// Tells the names of a library apart (FNV-1a).
const fn name_hash(name: &str) -> u32 {
    let bytes = name.as_bytes();
    let mut hash = 0x811C_9DC5_u32;
    let mut index = 0;
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u32).wrapping_mul(0x0100_0193);
        index += 1;
    }
    hash
}

impl NativeObject {
    /// Whether a fixed object is a host function that a region made: engines and libraries give
    /// theirs serial numbers that regions do not reach.
    ///
    /// # Safety
    /// `object` is live.
    pub(super) unsafe fn is_of_region(object: *const Header) -> bool {
        // SAFETY: the caller's promise.
        let header = unsafe { &*object };
        header.kind_index() == Kind::Native as u8 && header.serial() < ENGINE_SERIAL_START
    }

    /// Bytes of the object and the captured values behind it.
    ///
    /// # Safety
    /// `object` is a live native.
    pub(super) unsafe fn bytes(object: *const Self) -> usize {
        // SAFETY: the caller's promise.
        NATIVE_BYTES + unsafe { (*object).captured_count } * size_of::<Value<'_>>()
    }

    /// The captured values: where they start, and how many there are.
    ///
    /// # Safety
    /// `object` is a live native.
    pub(super) unsafe fn captured_values<'r>(object: *mut Self) -> (*mut Value<'r>, usize) {
        // SAFETY: the caller's promise (C3).
        unsafe {
            (
                object.cast::<u8>().add(NATIVE_BYTES).cast(),
                (*object).captured_count,
            )
        }
    }
}

impl<'r> Native<'r> {
    /// Makes a host function that carries `captured` values.
    ///
    /// # Errors
    /// The region has no room for it.
    pub(crate) fn new(
        store: &Store<'r>,
        entry: *const (),
        captured: &[Value<'r>],
    ) -> Result<Self, AllocError> {
        let start = store.heap.bump(NATIVE_BYTES + size_of_val(captured))?;
        let header = Header::new(Kind::Native, 0, store.serials.take(Kind::Native));
        let object = NativeObject {
            header,
            entry,
            captured_count: captured.len(),
        };
        // SAFETY: fresh bytes for the object and the values behind it (C3).
        unsafe {
            start.cast::<NativeObject>().write(object);
            let to = start.add(NATIVE_BYTES).cast::<Value<'r>>().as_ptr();
            core::ptr::copy_nonoverlapping(captured.as_ptr(), to, captured.len());
            Ok(Self(Ref::from_raw(start.cast())))
        }
    }

    /// A handle to a function kept outside regions.
    ///
    /// # Safety
    /// The object lives as long as `'r`.
    pub(crate) unsafe fn from_fixed(object: NonNull<NativeObject>) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { Ref::from_raw(object) })
    }

    /// The function as a value.
    #[inline(always)]
    pub fn to_value(self) -> Value<'r> {
        // SAFETY: the tag of the kind.
        unsafe { Value::object(tag::NATIVE, NonNull::new_unchecked(self.0.as_ptr()).cast()) }
    }

    /// The entry point, to be read by the VM.
    #[inline(always)]
    pub(crate) fn entry(self) -> *const () {
        self.0.entry
    }

    /// The `index`th captured value; nil where there is none.
    pub(crate) fn captured(self, index: usize) -> Value<'r> {
        self.captured_slot(index).map_or(Value::NIL, Cell::get)
    }

    /// How many values it carries.
    pub(crate) fn captured_count(self) -> usize {
        self.0.captured_count
    }

    /// Replaces the `index`th captured value.
    pub(crate) fn set_captured(self, index: usize, value: Value<'r>) {
        if let Some(slot) = self.captured_slot(index) {
            slot.set(value);
        }
    }

    fn captured_slot(self, index: usize) -> Option<&'r Cell<Value<'r>>> {
        if index >= self.0.captured_count {
            return None;
        }
        // SAFETY: below the count (C3).
        unsafe {
            let start = self
                .0
                .as_ptr()
                .cast::<u8>()
                .add(NATIVE_BYTES)
                .cast::<Cell<Value<'r>>>();
            Some(&*start.add(index))
        }
    }

    /// The raw object.
    #[inline(always)]
    pub(crate) fn as_ptr(self) -> *mut () {
        self.0.as_ptr().cast()
    }

    /// The function behind a pointer of [`Native::as_ptr`].
    ///
    /// # Safety
    /// `pointer` came from `as_ptr` of a native that is still at that address.
    #[inline(always)]
    pub(crate) unsafe fn from_ptr(pointer: *mut ()) -> Self {
        // SAFETY: the caller's promise.
        Self(unsafe { Ref::from_raw(NonNull::new_unchecked(pointer.cast())) })
    }
}
