//! A coroutine: its value stack, its frames, its open upvalues.
#![allow(unsafe_code)]
//!
//! ```text
//!   stack:   ... | function | R[0] R[1] ... R[n-1] | function | R[0] ...          slack |
//!                  ^ func     ^ base           top ^
//!   frames:  ... | frame    | frame |                     one a call, newest last
//! ```
//!
//! - **K1** All `stack_cap` slots are initialised. Above the newest frame's registers (or the top
//!   of open results) they hold what earlier calls left, which is valid until an evacuation clears
//!   it.
//! - **K2** Every frame has [`SLACK`] slots above its registers, so that host functions may return
//!   a few results without a check.
//! - **K3** Open upvalues are listed from the highest slot down; `to_close` lists the slots of
//!   to-be-closed variables upwards.
//! - **K4** Stack and frames move when they grow; whoever holds a pointer into them reads it anew.

use core::cell::Cell;
use core::ptr::{self, NonNull};

use super::function::Upvalue;
use super::header::{Header, Kind};
use super::repr::{Value, tag};
use super::store::Store;
use crate::memory::{AllocError, Bound, Ref};

/// Slots above a frame's registers that are always there.
pub(crate) const SLACK: usize = 40;
/// The most slots that scripts may use, as in PUC Lua (`LUAI_MAXSTACK`).
pub(crate) const STACK_MAX: usize = 1_000_000;
/// Slots beyond the bound, for the handling of a stack overflow.
pub(crate) const STACK_RESERVE: usize = 4000;
const STACK_MIN: usize = 64;
const FRAMES_MIN: usize = 4;

/// What a coroutine is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Not started, or yielded.
    Suspended,
    /// Running now.
    Running,
    /// Waiting for a coroutine that it resumed.
    Normal,
    /// Ended, or failed.
    Dead,
}

/// One call in progress.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct Frame {
    /// The next instruction of a Lua function; null for other frames.
    pub(crate) pc: *const u64,
    /// The closure or native that runs, by its raw object.
    pub(crate) callee: *mut (),
    /// Index of the first register.
    pub(crate) base: u32,
    /// Index of the function's slot, where results go.
    pub(crate) func: u32,
    /// Index after the last register.
    pub(crate) top: u32,
    /// How many extra arguments lie below the function (vararg functions).
    pub(crate) vararg_count: u32,
    /// How many results the caller wants; negative for all.
    pub(crate) want: i32,
    /// What sort of frame this is; the VM's `FrameKind`.
    pub(crate) kind: u8,
    /// What happens with the results; the VM's `OnReturn`.
    pub(crate) on_return: u8,
    /// An operand of `on_return`.
    pub(crate) operand: u8,
    /// The VM's flags.
    pub(crate) flags: u8,
    /// What the frame's sort needs beside: a continuation, a saved top.
    pub(crate) extra: usize,
}

/// A Lua coroutine (Lua's "thread") of the region `'r`.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Thread<'r>(pub(super) Ref<'r, ThreadObject<'r>>);

/// The object behind a [`Thread`].
#[repr(C)]
pub(crate) struct ThreadObject<'r> {
    header: Header,
    pub(crate) stack: Cell<*mut Value<'r>>,
    pub(crate) frames: Cell<*mut Frame>,
    pub(crate) stack_cap: Cell<u32>,
    /// Index after the last of the values that were last passed or returned "up to the top".
    pub(crate) top: Cell<u32>,
    pub(crate) frame_count: Cell<u32>,
    pub(crate) frame_cap: Cell<u32>,
    pub(crate) open_upvalues: Cell<Option<Ref<'r, Upvalue<'r>>>>,
    to_close: Cell<*mut u32>,
    to_close_count: Cell<u32>,
    to_close_cap: Cell<u32>,
    pub(crate) status: Cell<Status>,
    /// Calls from host functions that are in progress on this thread: it cannot yield across them.
    pub(crate) host_calls: Cell<u32>,
    /// Protected calls that are in progress on this thread.
    pub(crate) protect_depth: Cell<u32>,
    /// How many coroutines wait for this one, each for the next.
    pub(crate) resume_depth: Cell<u32>,
    /// Who resumed it.
    pub(crate) resumer: Cell<Option<Thread<'r>>>,
}

impl<'r> ThreadObject<'r> {
    /// The slot at `index`, unchecked.
    ///
    /// # Safety
    /// `index` is below the capacity.
    #[inline(always)]
    pub(crate) unsafe fn slot_at(&self, index: usize) -> *mut Value<'r> {
        // SAFETY: the caller's promise.
        unsafe { self.stack.get().add(index) }
    }

    /// Closes the upvalues of the slots from `level` on; false, with nothing done, if a value of
    /// the thread may have to be closed by its metamethod.
    #[inline(always)]
    pub(crate) fn close_plainly(&self, level: *const Value<'r>) -> bool {
        if self.to_close_count.get() > 0 {
            return false;
        }
        while let Some(upvalue) = self.open_upvalues.get() {
            if upvalue.slot.get().addr() < level.addr() {
                break;
            }
            self.open_upvalues.set(upvalue.next.take());
            upvalue.close();
        }
        true
    }

    /// Slots from the bottom of the stack that may hold something of use.
    pub(super) fn live_slots(&self) -> usize {
        let mut live = self.top.get() as usize;
        // What older frames still need lies below the newest one.
        if let Some(newest) = self.frame_count.get().checked_sub(1) {
            // SAFETY: below the count.
            live = live.max(unsafe { (*self.frames.get().add(newest as usize)).top } as usize);
        }
        if let Some(last) = self.to_close_count.get().checked_sub(1) {
            // SAFETY: below the count.
            let index = unsafe { self.to_close.get().add(last as usize).read() };
            live = live.max(index as usize + 1);
        }
        live.min(self.stack_cap.get() as usize)
    }

    /// The block of frames and its bytes.
    pub(super) fn frames_block(&self) -> (*mut Frame, usize) {
        (
            self.frames.get(),
            self.frame_cap.get() as usize * size_of::<Frame>(),
        )
    }

    /// The block of slots to be closed and its bytes.
    pub(super) fn to_close_block(&self) -> (*mut u32, usize) {
        (
            self.to_close.get(),
            self.to_close_cap.get() as usize * size_of::<u32>(),
        )
    }

    /// The field of the block of slots to be closed.
    pub(super) fn to_close_cell(&self) -> &Cell<*mut u32> {
        &self.to_close
    }

    /// Replaces the block of slots to be closed by a copy of it.
    pub(super) fn set_to_close_block(&self, block: *mut u32) {
        self.to_close.set(block);
    }
}

impl<'r> Thread<'r> {
    /// Makes a suspended coroutine with an empty stack.
    ///
    /// # Errors
    /// The region has no room for it.
    pub(crate) fn new(store: &Store<'r>) -> Result<Self, AllocError> {
        let thread = Self(store.heap.alloc(ThreadObject {
            header: Header::new(Kind::Thread, 0, store.serials.take(Kind::Thread)),
            stack: Cell::new(ptr::null_mut()),
            frames: Cell::new(ptr::null_mut()),
            stack_cap: Cell::new(0),
            top: Cell::new(0),
            frame_count: Cell::new(0),
            frame_cap: Cell::new(0),
            open_upvalues: Cell::new(None),
            to_close: Cell::new(ptr::null_mut()),
            to_close_count: Cell::new(0),
            to_close_cap: Cell::new(0),
            status: Cell::new(Status::Suspended),
            host_calls: Cell::new(0),
            protect_depth: Cell::new(0),
            resume_depth: Cell::new(0),
            resumer: Cell::new(None),
        })?);
        thread.resize_stack(store, STACK_MIN)?;
        thread.grow_frames(store)?;
        Ok(thread)
    }

    /// The coroutine as a value.
    #[inline(always)]
    pub fn to_value(self) -> Value<'r> {
        // SAFETY: the tag of the kind.
        unsafe { Value::object(tag::THREAD, NonNull::new_unchecked(self.0.as_ptr()).cast()) }
    }

    /// The object.
    #[inline(always)]
    pub(crate) fn object(self) -> &'r ThreadObject<'r> {
        self.0.get()
    }

    /// The header of the object.
    pub(crate) fn to_header(self) -> *mut Header {
        self.0.as_ptr().cast()
    }

    /// The handle of the object with this header.
    ///
    /// # Safety
    /// It is the header of a live thread of the region.
    pub(crate) unsafe fn from_header(header: NonNull<Header>) -> Self {
        // SAFETY: the caller's promise (O1).
        Self(unsafe { Ref::from_raw(header.cast()) })
    }

    /// Whether both are the same coroutine.
    #[inline(always)]
    pub fn is(self, other: Self) -> bool {
        self.0.is(other.0)
    }

    /// The slot at `index`.
    #[inline(always)]
    pub(crate) fn slot(self, index: usize) -> *mut Value<'r> {
        debug_assert!(index < self.object().stack_cap.get() as usize);
        // SAFETY: callers stay below the capacity, which `ensure` saw to.
        unsafe { self.object().stack.get().add(index) }
    }

    /// The value at `index`; nil outside the stack.
    #[inline]
    pub(crate) fn get(self, index: usize) -> Value<'r> {
        if index < self.object().stack_cap.get() as usize {
            // SAFETY: below the capacity (K1).
            unsafe { self.slot(index).read() }
        } else {
            Value::NIL
        }
    }

    /// Writes the slot at `index`, which lies within the stack.
    #[inline]
    pub(crate) fn set(self, index: usize, value: Value<'r>) {
        if index < self.object().stack_cap.get() as usize {
            // SAFETY: below the capacity (K1).
            unsafe { self.slot(index).write(value) }
        }
    }

    /// Moves `count` values from `from` to `to`, which may overlap; both lie within the stack.
    pub(crate) fn shift(self, from: usize, to: usize, count: usize) {
        let cap = self.object().stack_cap.get() as usize;
        let fits = |start: usize| start.checked_add(count).is_some_and(|end| end <= cap);
        debug_assert!(fits(from) && fits(to));
        if fits(from) && fits(to) {
            // SAFETY: both ranges are within the stack.
            unsafe { ptr::copy(self.slot_or_end(from), self.slot_or_end(to), count) }
        }
    }

    fn slot_or_end(self, index: usize) -> *mut Value<'r> {
        // SAFETY: callers checked that `index` is at most the capacity.
        unsafe { self.object().stack.get().add(index) }
    }

    /// Sees to it that the stack has `count` slots, and slack above them.
    ///
    /// # Errors
    /// The bound on stacks is reached (`Bound::Request`), or the region has no room.
    #[inline(always)]
    pub(crate) fn ensure(self, store: &Store<'r>, count: usize) -> Result<(), AllocError> {
        if count + SLACK <= self.object().stack_cap.get() as usize {
            return Ok(());
        }
        self.grow_stack(store, count + SLACK)
    }

    #[cold]
    #[inline(never)]
    fn grow_stack(self, store: &Store<'r>, count: usize) -> Result<(), AllocError> {
        let cap = self.object().stack_cap.get() as usize;
        let bound = if cap > STACK_MAX {
            STACK_MAX + STACK_RESERVE
        } else {
            STACK_MAX
        };
        if count > bound {
            return Err(AllocError::new(
                Bound::Request,
                count * size_of::<Value<'_>>(),
            ));
        }
        self.resize_stack(store, (2 * cap).max(count).min(bound))
    }

    /// Lets the stack exceed its bound, so that a stack overflow can be handled.
    pub(crate) fn open_reserve(self, store: &Store<'r>) -> Result<(), AllocError> {
        if (self.object().stack_cap.get() as usize) < STACK_MAX + STACK_RESERVE {
            self.resize_stack(store, STACK_MAX + STACK_RESERVE)?;
        }
        Ok(())
    }

    /// Whether the stack exceeds its bound, since an overflow is being handled.
    pub(crate) fn is_reserve_open(self) -> bool {
        self.object().stack_cap.get() as usize > STACK_MAX
    }

    /// Brings a stack back within its bound, where `needed` slots are in use; one that cannot be
    /// moved stays as it is.
    pub(crate) fn close_reserve(self, store: &Store<'r>, needed: usize) {
        let needed = needed + SLACK;
        if self.is_reserve_open() && needed <= STACK_MAX {
            let _ = self.resize_stack(store, (2 * needed).clamp(STACK_MIN, STACK_MAX));
        }
    }

    fn resize_stack(self, store: &Store<'r>, cap: usize) -> Result<(), AllocError> {
        let object = self.object();
        let (old, old_cap) = (object.stack.get(), object.stack_cap.get() as usize);
        let new = store
            .heap
            .block(cap * size_of::<Value<'_>>())?
            .cast::<Value<'r>>()
            .as_ptr();
        let kept = old_cap.min(cap);
        // SAFETY: the new block has `cap` slots; zeroed slots are nil (V3).
        unsafe {
            if kept > 0 {
                ptr::copy_nonoverlapping(old, new, kept);
            }
            ptr::write_bytes(new.add(kept), 0, cap - kept);
        }
        let mut open = object.open_upvalues.get();
        while let Some(upvalue) = open {
            let index = (upvalue.slot.get().addr() - old.addr()) / size_of::<Value<'_>>();
            // SAFETY: an open upvalue's slot lies in the old stack (C2), so below `kept`.
            upvalue.slot.set(unsafe { new.add(index) });
            open = upvalue.next.get();
        }
        object.stack.set(new);
        object.stack_cap.set(cap as u32);
        if let Some(old) = NonNull::new(old) {
            // SAFETY: the old block, which nothing points to any more (K4).
            unsafe {
                store
                    .heap
                    .free_block(old.cast(), old_cap * size_of::<Value<'_>>())
            };
        }
        Ok(())
    }

    /// The newest frame.
    ///
    /// # Safety
    /// There is one.
    #[inline(always)]
    pub(crate) unsafe fn newest_frame(self) -> *mut Frame {
        let object = self.object();
        debug_assert!(object.frame_count.get() > 0);
        // SAFETY: the caller's promise.
        unsafe {
            object
                .frames
                .get()
                .add(object.frame_count.get() as usize - 1)
        }
    }

    /// A copy of the frame at `index`, counted from the oldest.
    pub(crate) fn frame(self, index: usize) -> Option<Frame> {
        let object = self.object();
        // SAFETY: below the count.
        (index < object.frame_count.get() as usize)
            .then(|| unsafe { object.frames.get().add(index).read() })
    }

    /// Replaces the frame at `index`.
    pub(crate) fn set_frame(self, index: usize, frame: Frame) {
        let object = self.object();
        if index < object.frame_count.get() as usize {
            // SAFETY: below the count.
            unsafe { object.frames.get().add(index).write(frame) };
        }
    }

    /// How many frames there are.
    #[inline(always)]
    pub(crate) fn frame_count(self) -> usize {
        self.object().frame_count.get() as usize
    }

    /// Appends a frame.
    ///
    /// # Errors
    /// The region has no room for it.
    #[inline(always)]
    pub(crate) fn push_frame(self, store: &Store<'r>, frame: Frame) -> Result<(), AllocError> {
        let object = self.object();
        let count = object.frame_count.get();
        if count == object.frame_cap.get() {
            self.grow_frames(store)?;
        }
        // SAFETY: below the capacity.
        unsafe { object.frames.get().add(count as usize).write(frame) };
        object.frame_count.set(count + 1);
        Ok(())
    }

    /// Takes the newest frame off.
    pub(crate) fn pop_frame(self) -> Option<Frame> {
        let newest = self.frame(self.frame_count().checked_sub(1)?);
        self.object()
            .frame_count
            .set(self.object().frame_count.get() - 1);
        newest
    }

    /// Drops all frames from `count` on.
    pub(crate) fn truncate_frames(self, count: usize) {
        debug_assert!(count <= self.frame_count());
        self.object().frame_count.set(count as u32);
    }

    #[cold]
    #[inline(never)]
    fn grow_frames(self, store: &Store<'r>) -> Result<(), AllocError> {
        let object = self.object();
        let old_cap = object.frame_cap.get() as usize;
        let cap = if old_cap == 0 {
            FRAMES_MIN
        } else {
            2 * old_cap
        };
        let grown = grow_block(store, object.frames.get(), old_cap, cap)?;
        object.frames.set(grown);
        object.frame_cap.set(cap as u32);
        Ok(())
    }

    /// Remembers the slot at `index` as to be closed.
    ///
    /// # Errors
    /// The region has no room for it.
    pub(crate) fn push_to_close(self, store: &Store<'r>, index: usize) -> Result<(), AllocError> {
        let object = self.object();
        let count = object.to_close_count.get() as usize;
        let cap = object.to_close_cap.get() as usize;
        if count == cap {
            let larger = if cap == 0 { 8 } else { 2 * cap };
            object
                .to_close
                .set(grow_block(store, object.to_close.get(), cap, larger)?);
            object.to_close_cap.set(larger as u32);
        }
        // SAFETY: below the capacity.
        unsafe { object.to_close.get().add(count).write(index as u32) };
        object.to_close_count.set(count as u32 + 1);
        Ok(())
    }

    /// The highest slot to be closed, if it is at `level` or above.
    #[inline]
    pub(crate) fn last_to_close(self, level: usize) -> Option<usize> {
        let object = self.object();
        let count = object.to_close_count.get() as usize;
        if count == 0 {
            return None;
        }
        // SAFETY: below the count.
        let index = unsafe { object.to_close.get().add(count - 1).read() } as usize;
        (index >= level).then_some(index)
    }

    /// Forgets the highest slot to be closed.
    pub(crate) fn pop_to_close(self) {
        let count = &self.object().to_close_count;
        count.set(count.get().saturating_sub(1));
    }

    /// The open upvalue of the slot at `index`, made if there is none yet.
    ///
    /// # Errors
    /// The region has no room for it.
    pub(crate) fn find_upvalue(
        self,
        store: &Store<'r>,
        index: usize,
    ) -> Result<Ref<'r, Upvalue<'r>>, AllocError> {
        let slot = self.slot(index);
        let mut above: Option<Ref<'r, Upvalue<'r>>> = None;
        let mut open = self.object().open_upvalues.get();
        while let Some(upvalue) = open {
            if upvalue.slot.get().addr() <= slot.addr() {
                if ptr::eq(upvalue.slot.get(), slot) {
                    return Ok(upvalue);
                }
                break;
            }
            above = Some(upvalue);
            open = upvalue.next.get();
        }
        let made = Upvalue::open(store, slot, open)?;
        match above {
            Some(above) => above.next.set(Some(made)),
            None => self.object().open_upvalues.set(Some(made)),
        }
        Ok(made)
    }

    /// Closes the upvalues of the slots at `level` and above.
    #[inline]
    pub(crate) fn close_upvalues(self, level: usize) {
        let Some(first) = self.object().open_upvalues.get() else {
            return;
        };
        let bound = self.slot_or_end(level).addr();
        let mut open = Some(first);
        while let Some(upvalue) = open {
            if upvalue.slot.get().addr() < bound {
                break;
            }
            open = upvalue.next.take();
            upvalue.close();
        }
        self.object().open_upvalues.set(open);
    }
}

/// Moves `cap` items into a larger block and frees the old one.
fn grow_block<T: Copy>(
    store: &Store<'_>,
    old: *mut T,
    old_cap: usize,
    cap: usize,
) -> Result<*mut T, AllocError> {
    let new = store.heap.block(cap * size_of::<T>())?.cast::<T>().as_ptr();
    if let Some(old) = NonNull::new(old) {
        // SAFETY: the new block is larger and another; the old one is used no more afterwards.
        unsafe {
            ptr::copy_nonoverlapping(old.as_ptr(), new, old_cap);
            store.heap.free_block(old.cast(), old_cap * size_of::<T>());
        }
    }
    Ok(new)
}
