//! A compiled program and its memory, outside every region.
#![allow(unsafe_code)]
//!
//! - **PM1** An image never changes once it is made, and nobody keeps a way to change it: functions
//!   (P2), and long constant strings, which know their hash and keep their flags.
//! - **PM2** A region that has handles into an image keeps the image, until after its last handle.

use core::alloc::Layout;
use core::cell::{Cell, RefCell};
use core::ptr::NonNull;
use std::sync::Arc;

use bumpalo::Bump;

use super::header::{FLAG_UNIT, Kind};
use super::proto::{Proto, ProtoMemory, ProtoRef};
use super::store::Store;
use crate::memory::{ALIGN, AllocError, Bound, Ref, Unit, UnitMemory};

/// Memory in which a program is built, outside every region.
pub(crate) struct ProgramMemory {
    bump: Bump,
    next_serial: Cell<u64>,
}

impl ProgramMemory {
    /// Empty memory, without a bound.
    pub(crate) fn new() -> Self {
        Self {
            bump: Bump::new(),
            next_serial: Cell::new(1),
        }
    }

    /// The program whose main function is `main`, which was built here.
    ///
    /// # Panics
    /// It was built elsewhere.
    pub(crate) fn finish(self, main: ProtoRef) -> ProgramImage {
        let mut bump = self.bump;
        let main = main.pointer();
        let start = main.addr().get();
        let is_inside = bump.iter_allocated_chunks().any(|chunk| {
            let range = chunk.as_ptr_range();
            range.start.addr() <= start && start < range.end.addr()
        });
        assert!(is_inside, "a program's main function lives in its memory");
        ProgramImage { main, bump }
    }
}

// SAFETY: a bump's bytes are fresh, and stay where they are as long as it lives; `layout` asks for
// the alignment.
unsafe impl ProtoMemory for ProgramMemory {
    fn bytes(&self, count: usize) -> Result<NonNull<u8>, AllocError> {
        let refused = |bound| AllocError::new(bound, count);
        let layout = Layout::from_size_align(count, ALIGN).map_err(|_| refused(Bound::Request))?;
        self.bump
            .try_alloc_layout(layout)
            .map_err(|_| refused(Bound::Source))
    }

    fn serial(&self) -> u64 {
        let serial = self.next_serial.get();
        self.next_serial.set(serial + 1);
        serial
    }
}

/// Memory in which a program is built inside a region. It goes when an evacuation finds nothing
/// that refers to it: neither one of its functions nor one of its constant strings.
pub(crate) struct RegionMemory<'s, 'r> {
    store: &'s Store<'r>,
    unit: UnitMemory<'s, 'r>,
}

impl<'s, 'r> RegionMemory<'s, 'r> {
    /// Memory for one program.
    pub(crate) fn new_in(store: &'s Store<'r>) -> Self {
        Self {
            store,
            unit: UnitMemory::new_in(&store.heap),
        }
    }
}

// SAFETY: a unit's bytes are fresh, aligned, and stay until nothing refers to the unit's functions
// any more (P1).
unsafe impl ProtoMemory for RegionMemory<'_, '_> {
    fn bytes(&self, count: usize) -> Result<NonNull<u8>, AllocError> {
        self.unit.bytes(count)
    }

    fn object_bytes(&self, count: usize) -> Result<NonNull<u8>, AllocError> {
        let owner_bytes = size_of::<*mut Unit>();
        let start = self.unit.bytes(count.saturating_add(owner_bytes))?;
        // SAFETY: there is room for the owner's address before the object.
        unsafe {
            start.cast::<*mut Unit>().write(self.unit.unit());
            Ok(start.add(owner_bytes))
        }
    }

    fn object_flags(&self) -> u8 {
        FLAG_UNIT
    }

    fn serial(&self) -> u64 {
        self.store.serials.take(Kind::Proto)
    }
}

/// A program's functions and constants, with the memory that holds them.
pub(crate) struct ProgramImage {
    main: NonNull<Proto>,
    bump: Bump,
}

// SAFETY: nothing in an image changes (PM1), so threads may share it; the bump is not used until it
// is dropped, with the image.
unsafe impl Send for ProgramImage {}
// SAFETY: as above.
unsafe impl Sync for ProgramImage {}

impl ProgramImage {
    /// The main function.
    pub(crate) fn main(&self) -> &Proto {
        // SAFETY: it lives in the image's memory (checked by `finish`), and nobody writes to it.
        unsafe { self.main.as_ref() }
    }

    /// Bytes of the image's memory.
    pub(crate) fn bytes(&self) -> usize {
        self.bump.allocated_bytes()
    }
}

/// How many programs a region keeps without asking the global allocator.
const INLINE_COUNT: usize = 4;

/// The programs that a region keeps alive.
pub(super) struct KeptPrograms {
    first: [Cell<Option<Arc<ProgramImage>>>; INLINE_COUNT],
    more: RefCell<Vec<Arc<ProgramImage>>>,
}

impl KeptPrograms {
    pub(super) const fn new() -> Self {
        Self {
            first: [const { Cell::new(None) }; INLINE_COUNT],
            more: RefCell::new(Vec::new()),
        }
    }

    /// Keeps `image`, once.
    fn keep(&self, image: &Arc<ProgramImage>) -> Result<(), AllocError> {
        for slot in &self.first {
            let kept = slot.take().unwrap_or_else(|| Arc::clone(image));
            let is_same = Arc::ptr_eq(&kept, image);
            slot.set(Some(kept));
            if is_same {
                return Ok(());
            }
        }
        let mut more = self.more.borrow_mut();
        if !more.iter().any(|kept| Arc::ptr_eq(kept, image)) {
            let bytes = size_of::<Arc<ProgramImage>>();
            more.try_reserve(1)
                .map_err(|_| AllocError::new(Bound::Source, bytes))?;
            more.push(Arc::clone(image));
        }
        Ok(())
    }
}

impl<'r> Store<'r> {
    /// The main function of `image`, which is kept alive as long as the region.
    ///
    /// # Errors
    /// There is no room to note that it is kept.
    pub(crate) fn main_of(&self, image: &Arc<ProgramImage>) -> Result<Ref<'r, Proto>, AllocError> {
        self.programs.keep(image)?;
        // SAFETY: the store keeps the image, and is what 'r stands for (PM2).
        Ok(unsafe { image.main().handle() })
    }

    /// The handle of a function that was built in a [`RegionMemory`] of this store, for a closure
    /// that is made before the next safepoint.
    pub(crate) fn built(&self, proto: ProtoRef) -> Ref<'r, Proto> {
        // SAFETY: a function lives as long as a closure of it does, which marks it (N2).
        unsafe { Ref::from_raw(proto.pointer()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Arena, Heap, Scratch};
    use crate::value::{Constant, ProtoParts, Texts};

    fn parts<'s>(constants: &'s [Constant<'s>]) -> ProtoParts<'s> {
        ProtoParts {
            code: &[0],
            lines: &[1],
            constants,
            protos: &[],
            upvalues: &[],
            upvalue_names: &[],
            locals: &[],
            source_name: b"@test.lua",
            line_defined: 0,
            last_line: 1,
            param_count: 0,
            is_vararg: true,
            register_count: 2,
        }
    }

    fn build(memory: &ProgramMemory, constants: &[Constant<'_>]) -> ProtoRef {
        Scratch::with_budget(usize::MAX, |scratch| {
            Proto::build(&Texts::new_in(scratch, memory), &parts(constants))
                .expect("there is memory")
        })
    }

    fn image(number: i64) -> Arc<ProgramImage> {
        let text = b"a constant longer than a short string";
        let constants = [Constant::Int(number), Constant::Str(text)];
        let memory = ProgramMemory::new();
        let main = build(&memory, &constants);
        Arc::new(memory.finish(main))
    }

    #[test]
    fn a_region_keeps_its_programs_as_long_as_it_lives() {
        let images: Vec<_> = (0..7).map(image).collect();
        let watched: Vec<_> = images.iter().map(Arc::downgrade).collect();
        let mut arena = Arena::new();
        // SAFETY: the heap is dropped before the arena.
        let heap = unsafe { Heap::open(arena.lend(), 0) };
        let store = Store::new(heap);
        for _ in 0..3 {
            for (number, image) in images.iter().enumerate() {
                let main = store.main_of(image).expect("there is memory");
                let first = main.constants.as_slice()[0].as_int();
                assert_eq!(first, Some(number as i64));
            }
        }
        drop(images);
        assert!(watched.iter().all(|image| image.strong_count() == 1));
        drop(store);
        assert!(watched.iter().all(|image| image.strong_count() == 0));
    }

    #[test]
    #[should_panic(expected = "lives in its memory")]
    fn a_program_owns_its_main_function() {
        let elsewhere = ProgramMemory::new();
        let main = build(&elsewhere, &[]);
        ProgramMemory::new().finish(main);
    }
}
