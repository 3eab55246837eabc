//! The graph copier: brings what is reachable into a new space.
#![allow(unsafe_code)]
//!
//! - **E1** An object that was copied has a forwarding header in the old space: kind
//!   [`FORWARDED`], the new address above it. Its second word links the objects whose fields are
//!   still to be looked at, so that the work list needs no memory.
//! - **E2** Blocks that an object owns alone (table parts, stacks, frames) are copied when its
//!   fields are looked at.
//! - **E3** An open upvalue points into a stack. Its copy holds the value as well, as if it were
//!   closed. If its thread is reachable, the thread's turn mends the pointer; if not, the upvalue
//!   is closed at the end.
//! - **E4** Objects that live outside regions are left where they are.
//! - **E5** What weak tables do not keep alive waits in `copy_weak`, with a mark on the value.
//! - **E6** An object with a finalizer that nothing else reached is brought along after all, and
//!   its finalizer becomes due. Weak values were settled by then; weak keys are settled later.
//!
//! - **E7** In place nothing is copied: a survivor is marked beside the heap (`memory/sweep.rs`),
//!   stays where it is, and its own fields are looked at. What lists need words of an old object
//!   for is noted there too, with a flag in the header that says why.
//!
//! The old space stays readable until the end, which E3 and the links rely on.

use core::cell::Cell;
use core::ptr::{self, NonNull};

use super::copy_weak::{HELD, Listed, Weakness};
use super::function::{Closure, ClosureObject, NativeObject, Upvalue};
use super::header::{FLAG_FIXED, FLAG_POSTPONED, FLAG_UNIT, Header, Kind};
use super::image_warm::forget_copy;
use super::repr::Value;
use super::store::Store;
use super::string::StrObject;
use super::table::{Table, TableObject};
use super::table_hash::{Node, block_bytes};
use super::thread::{SLACK, Thread, ThreadObject};
use super::userdata::UserDataObject;
use crate::memory::{
    AllocError, Cursor, Evacuated, Heap, Marks, OldSpace, ParkedBuffer, Ref, Unit,
};

/// The kind of a header that says where the object went.
pub(super) const FORWARDED: u8 = 0xFF;

/// An object in the old space, as its first words are used while it waits (E1).
#[repr(C)]
pub(super) struct Waiting {
    forward: u64,
    next: *mut Waiting,
}

/// An open upvalue that was copied, in the old space: its unused closed value keeps a second list.
#[repr(C)]
struct OpenUpvalue {
    waiting: Waiting,
    next_open: *mut OpenUpvalue,
    is_mended: usize,
}

const _: () = assert!(size_of::<OpenUpvalue>() <= size_of::<Upvalue<'_>>());
const _: () = assert!(core::mem::offset_of!(Upvalue<'_>, closed) >= size_of::<Waiting>());

/// An evacuation under way: to a new space, or `IN_PLACE` (E7).
pub(crate) struct Evacuation<'s, 'r, const IN_PLACE: bool> {
    pub(super) store: &'s Store<'r>,
    old: OldSpace,
    /// What is marked, in place.
    pub(super) marks: Marks,
    /// How many survivors are noted because the work list was full, and where to look for them.
    postponed_count: usize,
    postponed: Cursor,
    waiting: *mut Waiting,
    open: *mut OpenUpvalue,
    /// Tables with weak values that are to be settled.
    pub(super) weak: *mut Listed,
    /// Other tables with entries to be settled: weak keys, and keys without a value.
    pub(super) late: *mut Listed,
    /// Entries whose weak key was reached, and whose value is to be looked at.
    pub(super) ready: *mut Node<'r>,
}

impl<'s, 'r, const IN_PLACE: bool> Evacuation<'s, 'r, IN_PLACE> {
    /// Begins: from now on the store's allocations go to a new space.
    ///
    /// # Errors
    /// There is no room for the survivors; nothing has changed.
    pub(crate) fn start(store: &'s Store<'r>) -> Result<Self, AllocError> {
        // Objects leave their places, or dead ones become gaps.
        forget_copy(store);
        let (old, marks) = if IN_PLACE {
            store.heap.start_sweep()?
        } else {
            (store.heap.start_evacuation()?, Marks::NONE)
        };
        Ok(Self {
            store,
            old,
            marks,
            postponed_count: 0,
            postponed: Cursor::default(),
            waiting: ptr::null_mut(),
            open: ptr::null_mut(),
            weak: ptr::null_mut(),
            late: ptr::null_mut(),
            ready: ptr::null_mut(),
        })
    }

    /// Brings everything that the roots reached along, and drops the old space.
    ///
    /// # Safety
    /// All roots were passed, and no pointer into the old space is used any more.
    pub(crate) unsafe fn finish(mut self) -> Evacuated {
        self.due_finalizers();
        self.drain();
        self.settle_weak_values();
        self.separate_finalizers();
        self.drain();
        self.settle_all();
        self.close_orphans();
        let done = if IN_PLACE {
            self.store.heap.finish_sweep(self.old, self.marks)
        } else {
            self.store.heap.finish_evacuation(self.old)
        };
        self.store.hosts.reap(self.store.heap.epoch());
        done
    }

    /// Brings the list of finalizers along, and the objects of those that are due (E6).
    fn due_finalizers(&mut self) {
        let finalizers = &self.store.finalizers;
        let (block, bytes) = finalizers.block();
        if bytes > 0 {
            // SAFETY: the list owns its block, and what is due are initialised values (FN1).
            unsafe {
                finalizers.set_block(self.block(block, bytes, bytes));
                let (first, count) = finalizers.due();
                self.values(first, count);
            }
        }
    }

    /// Makes the finalizers due whose objects were not reached, and brings those along (E6).
    fn separate_finalizers(&mut self) {
        let store = self.store;
        store.finalizers.separate(|slot| {
            // SAFETY: a marked object, which has not been looked at yet (FN1).
            unsafe {
                let is_reached = self.is_reached(slot);
                self.value(slot);
                is_reached
            }
        });
    }

    /// A root: the table it refers to is brought along.
    pub(crate) fn table(&mut self, root: &Cell<Table<'r>>) {
        // SAFETY: handles have the layout of the pointer they wrap.
        unsafe { self.pointer(root.as_ptr().cast()) };
    }

    /// A root that may be empty.
    pub(crate) fn table_opt(&mut self, root: &Cell<Option<Table<'r>>>) {
        if let Some(table) = root.get() {
            let cell = Cell::new(table);
            self.table(&cell);
            root.set(Some(cell.get()));
        }
    }

    /// A root: the thread it refers to is brought along.
    pub(crate) fn thread(&mut self, root: &Cell<Thread<'r>>) {
        // SAFETY: handles have the layout of the pointer they wrap.
        unsafe { self.pointer(root.as_ptr().cast()) };
    }

    /// A root: the block of a buffer that is kept between calls is brought along.
    pub(crate) fn parked(&mut self, root: &Cell<ParkedBuffer<'r>>) {
        let mut buffer = root.take();
        let (start, bytes) = buffer.block();
        if bytes > 0 {
            // SAFETY: a parked buffer owns its block, which came from `Heap::block`.
            let block = unsafe { self.block(start.as_ptr(), bytes, bytes) };
            // SAFETY: a block of the same size with the same content, so it is not null.
            unsafe { buffer.set_block(NonNull::new_unchecked(block)) };
        }
        root.set(buffer);
    }

    /// Brings the object behind a value along and mends the value.
    ///
    /// # Safety
    /// `slot` points to an initialised value.
    pub(super) unsafe fn value(&mut self, slot: *mut Value<'r>) {
        // SAFETY: the caller's promise; the payload is the value's second word (V1).
        unsafe {
            if (*slot).is_object() {
                self.pointer(slot.cast::<*mut Header>().add(1));
            }
        }
    }

    /// Brings the object that `*place` points to along and mends the pointer.
    ///
    /// # Safety
    /// `*place` points to a live object of the old space, or to a fixed one.
    unsafe fn pointer(&mut self, place: *mut *mut Header) {
        // SAFETY: the caller's promise (O1).
        unsafe {
            let old = *place;
            let kind = (*old).kind_index();
            if !IN_PLACE && kind == FORWARDED {
                *place = forwarded(old.cast());
            } else if kind == HELD {
                *place = self.release(old);
            } else if !(*old).has(FLAG_FIXED) {
                *place = self.bring(old);
            } else if (*old).has(FLAG_UNIT) {
                self.mark_unit(old);
            }
        }
    }

    /// Marks the unit that a fixed object belongs to.
    ///
    /// # Safety
    /// `object` is an object with `FLAG_UNIT`, of this region or of one that it began from.
    unsafe fn mark_unit(&self, object: *mut Header) {
        // SAFETY: the caller's promise.
        unsafe { Unit::mark(unit_of(object), self.store.heap.epoch()) };
    }

    /// Brings one object along, and says where it is then.
    ///
    /// # Safety
    /// As [`Evacuation::copy`]; in place it may have been brought along before.
    pub(super) unsafe fn bring(&mut self, old: *mut Header) -> *mut Header {
        // SAFETY: the caller's promise.
        unsafe {
            if IN_PLACE {
                self.keep(old);
                old
            } else {
                self.copy(old)
            }
        }
    }

    /// Marks one object and puts it on the work list, unless it is marked already.
    ///
    /// # Safety
    /// `object` is a live object of the old space.
    unsafe fn keep(&mut self, object: *mut Header) {
        // SAFETY: the caller's promise; the header says what the object is.
        unsafe {
            let start = NonNull::new_unchecked(object).cast::<u8>();
            let kind = (*object).kind_index();
            let bytes = object_bytes(object);
            if Heap::has_own_chunk(bytes) {
                self.store.heap.rescue(&mut self.old, start);
                return;
            }
            if !self.marks.mark(start, bytes) || kind == Kind::Str as u8 {
                return;
            }
            if kind == Kind::Upvalue as u8 {
                let upvalue = object.cast::<Upvalue<'r>>();
                if !ptr::eq((*upvalue).slot.get(), (*upvalue).closed.as_ptr()) {
                    self.list_open(object.cast());
                }
            }
            if !self.marks.push(start) {
                (*object).add(FLAG_POSTPONED);
                self.marks.note(start);
                self.postponed_count += 1;
            }
        }
    }

    /// Takes a survivor that found no room on the work list.
    fn take_postponed(&mut self) -> Option<NonNull<u8>> {
        while self.postponed_count > 0 {
            let Some(start) = self.marks.next_noted(&mut self.postponed) else {
                self.postponed = Cursor::default();
                continue;
            };
            // SAFETY: what is noted are objects in place.
            let header = unsafe { start.cast::<Header>().as_ref() };
            if header.has(FLAG_POSTPONED) {
                header.remove(FLAG_POSTPONED);
                self.postponed_count -= 1;
                return Some(start);
            }
        }
        None
    }

    /// Puts an open upvalue on the list of those.
    ///
    /// # Safety
    /// `open` is one that was just brought along.
    unsafe fn list_open(&mut self, open: *mut OpenUpvalue) {
        // SAFETY: the caller's promise; the words are of its unused closed value.
        unsafe {
            (*open).next_open = self.open;
            (*open).is_mended = 0;
        }
        self.open = open;
    }

    /// Copies one object, fields as they are, and puts it on the work list.
    ///
    /// # Safety
    /// `old` is a live object of the old space that was not copied yet.
    unsafe fn copy(&mut self, old: *mut Header) -> *mut Header {
        // SAFETY: the header says what the object is; its size follows from that.
        unsafe {
            let kind = (*old).kind_index();
            let bytes = object_bytes(old);
            if Heap::has_own_chunk(bytes) {
                // Only strings are so large, and they have no fields to look at.
                debug_assert_eq!(kind, Kind::Str as u8);
                self.store
                    .heap
                    .rescue(&mut self.old, NonNull::new_unchecked(old.cast()));
                return old;
            }
            let new = self.fresh(bytes).cast::<Header>();
            ptr::copy_nonoverlapping(old.cast::<u8>(), new.as_ptr().cast(), bytes);
            let is_open =
                kind == Kind::Upvalue as u8 && self.settle_upvalue(old.cast(), new.cast());
            let waiting = old.cast::<Waiting>();
            (*waiting).forward =
                u64::from(FORWARDED) | (new.as_ptr().expose_provenance() as u64) << 8;
            if is_open {
                self.list_open(old.cast());
            }
            if kind != Kind::Str as u8 {
                (*waiting).next = self.waiting;
                self.waiting = waiting;
            }
            new.as_ptr()
        }
    }

    /// Fresh bytes for a survivor, which were set aside.
    fn fresh(&self, bytes: usize) -> NonNull<u8> {
        match self.store.heap.bump(bytes) {
            Ok(start) => start,
            Err(_) => unreachable!("what survives fits what was set aside (Y1)"),
        }
    }

    /// Points a closed upvalue to its own new field; gives an open one its value (E3). True if it
    /// is open.
    ///
    /// # Safety
    /// Both are upvalues, the new one a copy of the old.
    unsafe fn settle_upvalue(&self, old: *mut Upvalue<'r>, new: NonNull<Upvalue<'r>>) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            let is_open = !ptr::eq((*old).slot.get(), (*old).closed.as_ptr());
            let new = new.as_ref();
            if is_open {
                new.closed.set((*old).get());
            } else {
                new.slot.set(new.closed.as_ptr());
            }
            is_open
        }
    }

    /// Looks at the fields of all objects on the work list.
    fn drain(&mut self) {
        loop {
            // SAFETY: listed objects are in the old space, forwarded and linked (E1), or in place.
            unsafe {
                if IN_PLACE {
                    if let Some(start) = self.marks.pop().or_else(|| self.take_postponed()) {
                        self.scan(start.as_ptr().cast(), start.as_ptr().cast());
                    } else if !self.look_at_ready() {
                        break;
                    }
                } else if let Some(waiting) = NonNull::new(self.waiting) {
                    self.waiting = (*waiting.as_ptr()).next;
                    self.scan(waiting.as_ptr(), forwarded(waiting.as_ptr()));
                } else if !self.look_at_ready() {
                    break;
                }
            }
        }
    }

    /// Brings along what an object's fields refer to.
    ///
    /// # Safety
    /// `new` is the copy, in the new space, of `old`.
    unsafe fn scan(&mut self, old: *mut Waiting, new: *mut Header) {
        // SAFETY: the kind says which object it is.
        unsafe {
            let kind = (*new).kind_index();
            if kind == Kind::Table as u8 {
                self.scan_table(old.cast(), &*new.cast::<TableObject<'r>>());
            } else if kind == Kind::Closure as u8 {
                let closure = Closure::from_ptr(new.cast());
                let proto = closure.proto().as_ptr().cast::<Header>();
                if (*proto).has(FLAG_UNIT) {
                    self.mark_unit(proto);
                }
                for index in 0..closure.upvalue_count() {
                    self.pointer(closure.upvalue_at(index).cast());
                }
            } else if kind == Kind::Upvalue as u8 {
                let upvalue = &*new.cast::<Upvalue<'r>>();
                let slot = match IN_PLACE {
                    true => upvalue.slot.get(),
                    false => upvalue.closed.as_ptr(),
                };
                self.value(slot);
            } else if kind == Kind::Native as u8 {
                let (first, count) = NativeObject::captured_values(new.cast());
                self.values(first, count);
            } else if kind == Kind::UserData as u8 {
                let object = &*new.cast::<UserDataObject<'r>>();
                if let Some(host) = object.host() {
                    host.mark(self.store.heap.epoch());
                }
                self.table_opt(object.metatable_cell());
                self.value(object.user_value_cell().as_ptr());
            } else if kind == Kind::Thread as u8 {
                self.scan_thread(&*new.cast::<ThreadObject<'r>>());
            }
        }
    }

    /// # Safety
    /// `count` initialised values start at `first`.
    unsafe fn values(&mut self, first: *mut Value<'r>, count: usize) {
        for index in 0..count {
            // SAFETY: the caller's promise.
            unsafe { self.value(first.add(index)) };
        }
    }

    /// Brings a block along; the first `used` bytes of it are copied, unless its chunk moves.
    ///
    /// # Safety
    /// `old` is a block of `bytes` bytes in the old space, owned by the object being looked at.
    unsafe fn block<T>(&mut self, old: *mut T, bytes: usize, used: usize) -> *mut T {
        // SAFETY: the caller's promise.
        unsafe {
            if Heap::has_own_chunk(bytes) {
                self.store
                    .heap
                    .rescue(&mut self.old, NonNull::new_unchecked(old).cast());
                return old;
            }
            if IN_PLACE {
                let start = NonNull::new_unchecked(old).cast();
                self.marks.mark(start, Heap::block_bytes(bytes));
                return old;
            }
            let new = match self.store.heap.block(bytes) {
                Ok(start) => start,
                Err(_) => unreachable!("what survives fits what was set aside (Y1)"),
            };
            ptr::copy_nonoverlapping(old.cast::<u8>(), new.as_ptr(), used);
            new.as_ptr().cast()
        }
    }

    fn scan_table(&mut self, old: *mut Listed, table: &TableObject<'r>) {
        self.table_opt(&table.metatable);
        let weakness = Weakness::of(table);
        let mut is_late = false;
        let cap = table.array_cap.get() as usize;
        let len = table.array_len.get() as usize;
        if cap > 0 {
            let size = size_of::<Value<'_>>();
            // SAFETY: the array part of a table is a block of its capacity; slots up to `len` are
            // in use, the rest is nil, which is zero (A1, V3).
            unsafe {
                let array = self.block(table.array.get(), cap * size, cap * size);
                table.array.set(array);
                if weakness.values {
                    is_late |= self.weak_items(array, len);
                } else {
                    self.values(array, len);
                }
            }
        }
        let nodes = table.nodes.get();
        if !ptr::eq(nodes, Node::none()) {
            let count = table.node_mask.get() as usize + 1;
            // SAFETY: the hash part is a block of nodes and links; keys without a value are kept
            // as long as somebody else reaches them, for traversals to find their place (A3).
            unsafe {
                let nodes = self.block(nodes, block_bytes(count), block_bytes(count));
                table.nodes.set(nodes);
                for index in 0..count {
                    is_late |= self.scan_node(nodes.add(index), weakness);
                }
            }
        }
        if is_late {
            // SAFETY: the old table waits no more, so its words are free.
            unsafe { self.list(old, weakness) };
        }
    }

    fn scan_thread(&mut self, thread: &ThreadObject<'r>) {
        let cap = thread.stack_cap.get() as usize;
        let live = thread.live_slots();
        let size = size_of::<Value<'_>>();
        let old_stack = thread.stack.get();
        // SAFETY: stack, frames and list of a thread are blocks of their capacities (K1); what is
        // above the live slots is cleared, so that nothing stale is ever brought along.
        unsafe {
            if cap > 0 {
                let room = live + SLACK;
                let (stack, cap) = match self.shrunk(old_stack, cap, live, room) {
                    Some(shrunk) => shrunk,
                    None => (self.block(old_stack, cap * size, live * size), cap),
                };
                ptr::write_bytes(stack.add(live), 0, cap - live);
                thread.stack.set(stack);
                thread.stack_cap.set(cap as u32);
                // Before the values: the upvalues take theirs from the old stack as it was.
                self.mend_upvalues(thread, old_stack);
                self.values(stack, live);
            }
            let (frames, bytes) = thread.frames_block();
            if bytes > 0 {
                let count = thread.frame_count.get() as usize;
                let cap = thread.frame_cap.get() as usize;
                let (frames, cap) = match self.shrunk(frames, cap, count, count + 1) {
                    Some(shrunk) => shrunk,
                    None => (self.block(frames, bytes, bytes), cap),
                };
                thread.frames.set(frames);
                thread.frame_cap.set(cap as u32);
                for index in 0..count {
                    let callee = &raw mut (*frames.add(index)).callee;
                    if !(*callee).is_null() {
                        self.pointer(callee.cast());
                    }
                }
            }
            let (list, bytes) = thread.to_close_block();
            if bytes > 0 {
                let list = self.block(list, bytes, bytes);
                thread.set_to_close_block(list);
            }
        }
        if let Some(resumer) = thread.resumer.get() {
            let cell = Cell::new(resumer);
            self.thread(&cell);
            thread.resumer.set(Some(cell.get()));
        }
    }

    /// A smaller copy of a large block of `cap` items that was made for far more than the `count`
    /// it holds now, if there is memory for it; with its new capacity, `room` at least.
    ///
    /// # Safety
    /// As [`Evacuation::block`].
    unsafe fn shrunk<T>(
        &self,
        old: *mut T,
        cap: usize,
        count: usize,
        room: usize,
    ) -> Option<(*mut T, usize)> {
        let new_cap = 2 * room;
        if !Heap::has_own_chunk(cap * size_of::<T>()) || 4 * new_cap > cap {
            return None;
        }
        let new = self.store.heap.block(new_cap * size_of::<T>()).ok()?.cast();
        // SAFETY: the new block has room for more than `count` items (the caller's promise).
        unsafe { ptr::copy_nonoverlapping(old, new.as_ptr(), count) };
        Some((new.as_ptr(), new_cap))
    }

    /// Points the open upvalues of a thread into its new stack, and links their new copies.
    fn mend_upvalues(&mut self, thread: &ThreadObject<'r>, old_stack: *mut Value<'r>) {
        let mut place = thread.open_upvalues.as_ptr();
        // SAFETY: the list is made of open upvalues of this thread, in the old space (K3); an
        // optional handle has the layout of a pointer that may be null.
        unsafe {
            while let Some(upvalue) = (*place).as_mut() {
                let old = upvalue.as_ptr();
                let pointer: *mut Ref<'r, Upvalue<'r>> = upvalue;
                self.pointer(pointer.cast());
                let new = upvalue.get();
                (*old.cast::<OpenUpvalue>()).is_mended = 1;
                let index = (new.slot.get().addr() - old_stack.addr()) / size_of::<Value<'_>>();
                new.slot.set(thread.stack.get().add(index));
                place = new.next.as_ptr();
            }
        }
    }

    /// Closes the open upvalues whose threads are gone (E3).
    fn close_orphans(&mut self) {
        while let Some(open) = NonNull::new(self.open) {
            // SAFETY: listed upvalues are in the old space, which is still readable, as is the
            // stack that one in place points into; if not in place, they are forwarded.
            unsafe {
                self.open = (*open.as_ptr()).next_open;
                let is_mended = (*open.as_ptr()).is_mended != 0;
                if IN_PLACE {
                    let upvalue = open.cast::<Upvalue<'r>>().as_ref();
                    upvalue.closed.set(Value::NIL);
                    if !is_mended {
                        upvalue.next.set(None);
                        upvalue.close();
                    }
                } else if !is_mended {
                    let new = &*forwarded(open.as_ptr().cast()).cast::<Upvalue<'r>>();
                    new.next.set(None);
                    new.slot.set(new.closed.as_ptr());
                }
            }
        }
    }
}

/// The unit that an object belongs to.
///
/// # Safety
/// The object has `FLAG_UNIT`.
pub(super) unsafe fn unit_of(object: *mut Header) -> *mut Unit {
    // SAFETY: the unit's address is in the word before such an object.
    unsafe { object.cast::<*mut Unit>().sub(1).read() }
}

/// Where a forwarded object went.
///
/// # Safety
/// `old` has a forwarding header.
pub(super) unsafe fn forwarded(old: *mut Waiting) -> *mut Header {
    // SAFETY: the caller's promise; the address was exposed when the header was written.
    ptr::with_exposed_provenance_mut(unsafe { (*old).forward >> 8 } as usize)
}

/// Bytes of an object without the blocks that it owns.
///
/// # Safety
/// `object` is a live object.
pub(super) unsafe fn object_bytes(object: *mut Header) -> usize {
    // SAFETY: the kind says which object it is.
    unsafe {
        let kind = (*object).kind_index();
        if kind == Kind::Str as u8 {
            StrObject::bytes(object.cast())
        } else if kind == Kind::Table as u8 {
            size_of::<TableObject<'_>>()
        } else if kind == Kind::Closure as u8 {
            ClosureObject::bytes(object.cast())
        } else if kind == Kind::Native as u8 {
            NativeObject::bytes(object.cast())
        } else if kind == Kind::UserData as u8 {
            size_of::<UserDataObject<'_>>()
        } else if kind == Kind::Thread as u8 {
            size_of::<ThreadObject<'_>>()
        } else {
            debug_assert_eq!(kind, Kind::Upvalue as u8);
            size_of::<Upvalue<'_>>()
        }
    }
}
