//! Memory that never moves, and goes as a whole: a program that a script compiled.
#![allow(unsafe_code)]
//!
//! ```text
//!   chunk:  [ piece | ... | piece | ...          | free ]      of one or more units
//!              ^ first of unit 1     ^ of unit 2
//! ```
//!
//! - **N1** A unit is listed from its first byte on until it is freed, and counts in every chunk
//!   that has a piece of it; a chunk is given back when it counts none.
//! - **N2** Units that an evacuation did not mark are freed when it is finished.
//! - **N3** A frozen unit belongs to a region that others share: it is only read.

use core::cell::Cell;
use core::ptr::{self, NonNull};

use super::chunk::{Chunk, Usage};
use super::{ALIGN, AllocError, Heap};

/// The size of chunks for units, in bytes.
const UNIT_CHUNK_BYTES: usize = 8 << 10;

/// What a heap knows of a unit.
#[repr(C)]
pub(crate) struct Unit {
    next: Cell<*mut Unit>,
    pieces: Cell<*mut Piece>,
    /// The last evacuation that marked it.
    epoch: Cell<u32>,
    is_frozen: Cell<bool>,
}

/// The note of one chunk that a unit has bytes in, in that chunk.
#[repr(C)]
struct Piece {
    next: *mut Piece,
    chunk: *mut Chunk,
}

/// The units of a heap, and the chunk that new bytes come from.
#[derive(Clone, Copy)]
pub(super) struct Units {
    first: *mut Unit,
    chunk: *mut Chunk,
    taken: usize,
}

impl Units {
    pub(super) const NONE: Self = Self {
        first: ptr::null_mut(),
        chunk: ptr::null_mut(),
        taken: 0,
    };
}

impl Unit {
    /// Marks the unit as in use at evacuation `epoch`.
    ///
    /// # Safety
    /// `unit` is a listed unit, or a frozen one of a region that is still there.
    pub(crate) unsafe fn mark(unit: *mut Unit, epoch: u32) {
        // SAFETY: the caller's promise; a frozen unit is not written to (N3).
        unsafe {
            if !(*unit).is_frozen.get() {
                (*unit).epoch.set(epoch);
            }
        }
    }

    /// Whether the unit was marked at evacuation `epoch`, or is frozen.
    ///
    /// # Safety
    /// As [`Unit::mark`].
    pub(crate) unsafe fn is_marked(unit: *mut Unit, epoch: u32) -> bool {
        // SAFETY: the caller's promise.
        unsafe { (*unit).is_frozen.get() || (*unit).epoch.get() == epoch }
    }
}

/// Hands out bytes of one unit.
pub(crate) struct UnitMemory<'h, 'r> {
    heap: &'h Heap<'r>,
    unit: Cell<*mut Unit>,
}

impl<'h, 'r> UnitMemory<'h, 'r> {
    /// A new unit, which takes no memory before it has to.
    pub(crate) fn new_in(heap: &'h Heap<'r>) -> Self {
        Self {
            heap,
            unit: Cell::new(ptr::null_mut()),
        }
    }

    /// The unit, which is there once it has bytes.
    pub(crate) fn unit(&self) -> *mut Unit {
        self.unit.get()
    }

    /// Fresh bytes, which stay where they are until the unit is freed.
    ///
    /// # Errors
    /// As [`Heap::bump`].
    pub(crate) fn bytes(&self, count: usize) -> Result<NonNull<u8>, AllocError> {
        if self.unit.get().is_null() {
            self.heap
                .unit_room(size_of::<Unit>() + size_of::<Piece>())?;
            let unit = self.heap.unit_bytes(size_of::<Unit>()).cast::<Unit>();
            let units = self.heap.units.get();
            let fresh = Unit {
                next: Cell::new(units.first),
                pieces: Cell::new(ptr::null_mut()),
                epoch: Cell::new(self.heap.epoch()),
                is_frozen: Cell::new(false),
            };
            // SAFETY: fresh bytes, large and aligned enough.
            unsafe { unit.write(fresh) };
            self.unit.set(unit.as_ptr());
            let first = unit.as_ptr();
            self.heap.units.set(Units { first, ..units });
            self.note_piece();
        }
        self.heap
            .unit_room(count.saturating_add(size_of::<Piece>()))?;
        self.note_piece();
        Ok(self.heap.unit_bytes(count))
    }

    /// Notes that the unit has bytes in the current chunk, for which there is room.
    fn note_piece(&self) {
        // SAFETY: a unit of this heap.
        let pieces = unsafe { &(*self.unit.get()).pieces };
        let chunk = self.heap.units.get().chunk;
        if let Some(newest) = NonNull::new(pieces.get()) {
            // SAFETY: pieces of a listed unit are initialised.
            if unsafe { (*newest.as_ptr()).chunk } == chunk {
                return;
            }
        }
        let piece = self.heap.unit_bytes(size_of::<Piece>()).cast::<Piece>();
        let next = pieces.get();
        // SAFETY: fresh bytes, large and aligned enough.
        unsafe { piece.write(Piece { next, chunk }) };
        // SAFETY: a listed chunk has an initialised header (M1).
        unsafe { (*chunk).unit_count += 1 };
        pieces.set(piece.as_ptr());
    }
}

impl Heap<'_> {
    /// Sees to it that the current chunk of units has `count` bytes left.
    fn unit_room(&self, count: usize) -> Result<(), AllocError> {
        let units = self.units.get();
        let count = count.checked_next_multiple_of(ALIGN).unwrap_or(count);
        let left = NonNull::new(units.chunk).map_or(0, |chunk| {
            // SAFETY: a listed chunk has an initialised header (M1).
            unsafe { (*chunk.as_ptr()).used_bytes - units.taken }
        });
        if count > left {
            let chunk = self
                .take_chunk(count.max(UNIT_CHUNK_BYTES))
                .or_else(|_| self.take_chunk(count))?;
            self.set_usage(chunk, Usage::Permanent);
            // SAFETY: a listed chunk has an initialised header (M1).
            unsafe { (*chunk.as_ptr()).unit_count = 0 };
            let unused = units.chunk;
            self.units.set(Units {
                chunk: chunk.as_ptr(),
                taken: 0,
                ..units
            });
            self.return_unused(unused);
        }
        Ok(())
    }

    /// Takes bytes that `unit_room` saw to.
    fn unit_bytes(&self, count: usize) -> NonNull<u8> {
        let mut units = self.units.get();
        // SAFETY: a chunk with room for as many bytes.
        let start = unsafe {
            let chunk = NonNull::new_unchecked(units.chunk);
            NonNull::new_unchecked(Chunk::start(chunk).add(units.taken))
        };
        units.taken += count.next_multiple_of(ALIGN);
        self.units.set(units);
        start
    }

    /// Gives back a chunk that is not the current one, if no unit has a piece in it.
    fn return_unused(&self, chunk: *mut Chunk) {
        if let Some(chunk) = NonNull::new(chunk) {
            // SAFETY: a listed chunk has an initialised header (M1).
            if unsafe { (*chunk.as_ptr()).unit_count } == 0 {
                self.return_chunk(chunk);
            }
        }
    }

    /// Frees the units that the evacuation under way did not mark (N2).
    pub(super) fn sweep_units(&self) {
        let mut next = self.units.get().first;
        let mut kept: *mut Unit = ptr::null_mut();
        while let Some(unit) = NonNull::new(next) {
            let unit = unit.as_ptr();
            // SAFETY: listed units and their pieces are initialised (N1), and no longer read once
            // their chunk may have gone.
            unsafe {
                next = (*unit).next.get();
                if Unit::is_marked(unit, self.epoch()) {
                    (*unit).next.set(kept);
                    kept = unit;
                    continue;
                }
                let mut piece = (*unit).pieces.get();
                while let Some(noted) = NonNull::new(piece) {
                    let Piece { next, chunk } = noted.read();
                    piece = next;
                    self.drop_piece(chunk);
                }
            }
        }
        let units = self.units.get();
        self.units.set(Units {
            first: kept,
            ..units
        });
    }

    /// # Safety
    /// The chunk counts a unit that is being freed.
    unsafe fn drop_piece(&self, chunk: *mut Chunk) {
        // SAFETY: the caller's promise.
        unsafe { (*chunk).unit_count -= 1 };
        let mut units = self.units.get();
        if chunk != units.chunk {
            self.return_unused(chunk);
            return;
        }
        // SAFETY: as above.
        if unsafe { (*chunk).unit_count } == 0 {
            units.taken = 0;
            self.units.set(units);
        }
    }

    /// Freezes all units: other regions are going to share them (N3).
    pub(crate) fn freeze_units(&self) {
        let mut next = self.units.get().first;
        while let Some(unit) = NonNull::new(next) {
            // SAFETY: listed units are initialised (N1).
            unsafe {
                unit.as_ref().is_frozen.set(true);
                next = unit.as_ref().next.get();
            }
        }
    }
}
