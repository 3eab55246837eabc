//! The copy of an image that the next region takes over: what a region wrote to, and how that is
//! put back.
#![allow(unsafe_code)]
//!
//! ```text
//!   the whole:  [ Notes | a base for each piece | a number for each table | first piece ]
//! ```
//!
//! Nothing is put back when a region closes. The next one that begins from the same image in the
//! same arena puts back what the last one wrote to, and begins with the rest as it lies there.
//!
//! - **WI1** A table of a copy is untouched (A5) or its number is in the notes; there is room for
//!   all, so taking note cannot fail. What is noted is put back with its parts, wherever the table
//!   had these last: blocks that it gave up may have been anything since.
//! - **WI2** Objects of other kinds that can be written to are few, and put back without a note,
//!   with their blocks. Strings learn their hash, and tables which metamethods they lack: both stay
//!   true. Closures do not change, but for [`forget_copy`]'s callers.
//! - **WI3** Whoever writes in another way (an evacuation) sees to it first that the copy is
//!   forgotten.
//!
//! Debug builds compare all of a copy with a fresh one whenever it is taken over.

use core::cell::Cell;
use core::mem::offset_of;
use core::ptr::{self, NonNull};

#[cfg(debug_assertions)]
use super::image::Place;
use super::image::{Bases, GraphImage, Part, TablePlace};
use super::store::Store;
#[cfg(debug_assertions)]
use super::table::LACKS;
use super::table::{IS_UNTOUCHED, NO_MASK, Table, TableObject};
use crate::memory::{ALIGN, AllocError};

/// What a region keeps with its copy of an image.
#[repr(C)]
struct Notes {
    /// Valid while the region is open.
    image: Cell<*const GraphImage>,
    /// How many tables were written to.
    count: Cell<u32>,
    /// Bytes before the first piece.
    before_bytes: u32,
}

const NOTES_BYTES: usize = size_of::<Notes>();

impl Notes {
    /// The notes at the start of a whole.
    ///
    /// # Safety
    /// There is one.
    unsafe fn at<'a>(start: *mut u8) -> &'a Self {
        // SAFETY: the caller's promise.
        unsafe { &*start.cast() }
    }
}

impl GraphImage {
    /// Bytes of the first piece with the notes before it.
    pub(super) fn whole_bytes(&self) -> usize {
        self.before_bytes() + self.pieces[0].len()
    }

    fn numbers_offset(&self) -> usize {
        NOTES_BYTES + self.pieces.len() * size_of::<*mut u8>()
    }

    fn before_bytes(&self) -> usize {
        let bytes = self.numbers_offset() + self.tables.len() * size_of::<u32>();
        bytes.next_multiple_of(ALIGN)
    }

    fn bases(start: *mut u8) -> Bases {
        Bases(start.wrapping_add(NOTES_BYTES).cast())
    }

    /// Begins the notes of a copy, with the first of its bases.
    ///
    /// # Safety
    /// A whole's bytes are there.
    pub(super) unsafe fn start_notes(&self, start: NonNull<u8>) -> Bases {
        let before_bytes = self.before_bytes();
        let notes = Notes {
            image: Cell::new(self),
            count: Cell::new(0),
            before_bytes: before_bytes as u32,
        };
        // SAFETY: the caller's promise.
        unsafe { start.cast::<Notes>().write(notes) };
        let bases = Self::bases(start.as_ptr());
        bases.set(0, start.as_ptr().wrapping_add(before_bytes));
        bases
    }

    /// Has the arena keep a fresh copy, if it does, and its tables take note of being written to.
    ///
    /// # Safety
    /// The copy is complete, and starts at `start`.
    pub(super) unsafe fn keep(&self, store: &Store<'_>, start: NonNull<u8>, bases: &Bases) {
        let is_kept = store
            .heap
            .keep_warm(&self.origin, start, self.whole_bytes());
        if is_kept {
            for piece in 1..self.pieces.len() {
                // SAFETY: each of the other pieces is one large block (G2).
                unsafe {
                    let start = NonNull::new_unchecked(bases.start(piece as u32));
                    store.heap.keep_warm_block(start);
                }
            }
            store.heap.notes.set(start.as_ptr());
            // Tables find their notes from where they lie.
            start.as_ptr().expose_provenance();
        }
        for place in &self.tables {
            // SAFETY: the tables of the copy, which nobody else uses yet.
            unsafe {
                let table = &*bases.at(place.object.place).cast::<TableObject<'_>>();
                if is_kept {
                    self.mark_untouched(table, place);
                } else {
                    table.store_mask.set(table.node_mask.get());
                }
            }
        }
    }

    fn mark_untouched(&self, table: &TableObject<'_>, place: &TablePlace) {
        table.store_mask.set(NO_MASK);
        table.absent.set(table.absent.get() | IS_UNTOUCHED);
        let offset = self.before_bytes() as u32 + place.object.place.offset;
        table.last_free.set(offset);
    }

    /// Where the arena keeps a copy of this image, if it does and the budget allows it.
    pub(super) fn warm_copy(&self, store: &Store<'_>) -> Option<NonNull<u8>> {
        if self.bytes() > store.heap.left_bytes() {
            return None;
        }
        store.heap.warm_copy(&self.origin)
    }

    /// Takes the kept copy over, and puts back what was written.
    ///
    /// # Errors
    /// Whoever watches the heap refused.
    ///
    /// # Safety
    /// `start` is where the arena keeps the copy of this image.
    pub(super) unsafe fn take_over(
        &self,
        store: &Store<'_>,
        start: NonNull<u8>,
    ) -> Result<Bases, AllocError> {
        let bases = Self::bases(start.as_ptr());
        // SAFETY: the caller's promise.
        unsafe { store.heap.take_over_whole(start, self.whole_bytes()) }?;
        for (index, piece) in self.pieces.iter().enumerate().skip(1) {
            // SAFETY: as above; bases of pieces are not null.
            unsafe {
                let start = NonNull::new_unchecked(bases.start(index as u32));
                store.heap.take_over_block(start, piece.len())?;
            }
        }
        // SAFETY: the caller's promise.
        let notes = unsafe { Notes::at(start.as_ptr()) };
        notes.image.set(self);
        let numbers = start.as_ptr().wrapping_add(self.numbers_offset());
        for index in 0..notes.count.replace(0) as usize {
            // SAFETY: numbers of tables, as many as are counted.
            unsafe {
                let number = numbers.cast::<u32>().add(index).read();
                self.put_back_table(&bases, &self.tables[number as usize]);
            }
        }
        for part in &self.restless {
            // SAFETY: a part of the copy.
            unsafe { self.put_back(&bases, part) };
        }
        store.heap.notes.set(start.as_ptr());
        #[cfg(debug_assertions)]
        // SAFETY: the copy is complete.
        unsafe {
            self.compare(&bases)
        };
        Ok(bases)
    }

    /// # Safety
    /// The copy is at `bases`, and nobody uses it yet.
    unsafe fn put_back_table(&self, bases: &Bases, place: &TablePlace) {
        // SAFETY: the caller's promise.
        unsafe {
            self.put_back(bases, &place.object);
            for part in [&place.array, &place.nodes].into_iter().flatten() {
                self.put_back(bases, part);
            }
            let table = &*bases.at(place.object.place).cast::<TableObject<'_>>();
            self.mark_untouched(table, place);
        }
    }

    /// Makes a part of the copy what it was at first.
    ///
    /// # Safety
    /// As above; the part is one of this image.
    #[inline]
    unsafe fn put_back(&self, bases: &Bases, part: &Part) {
        let (place, bytes) = (part.place, part.bytes as usize);
        let (from, to) = (place.offset, place.offset + part.bytes);
        // SAFETY: the part lies within its piece, and the pointers in it where the image says (G1).
        unsafe {
            let piece = self.pieces[place.piece as usize].as_ptr();
            let start = bases.at(place);
            ptr::copy_nonoverlapping(piece.add(from as usize).cast(), start, bytes);
            if place.piece == 0 {
                let first = bases.start(0);
                let inner = self.inner[part.first_inner as usize..].iter();
                for offset in inner.take_while(|offset| **offset < to) {
                    let word = first.add(*offset as usize).cast::<*mut u8>();
                    word.write(first.add(word.cast::<usize>().read()));
                }
            }
            if !self.links.is_empty() {
                let skipped = self.links.partition_point(|link| link.place < place);
                for link in &self.links[skipped..] {
                    if link.place.piece != place.piece || link.place.offset >= to {
                        break;
                    }
                    let word = bases.at(link.place).cast::<*mut u8>();
                    let offset = word.cast::<usize>().read();
                    word.write(bases.start(link.target_piece).add(offset));
                }
            }
        }
    }

    /// `last_free` of a table that nobody has written to.
    fn last_free(&self, offset: usize) -> u32 {
        let field = offset + offset_of!(TableObject<'_>, last_free);
        self.word(0, field)
    }

    /// Four bytes of a piece.
    fn word(&self, piece: usize, offset: usize) -> u32 {
        debug_assert!(offset + size_of::<u32>() <= self.pieces[piece].len());
        // SAFETY: within the piece, and initialised: a field of a table.
        unsafe {
            let start = self.pieces[piece].as_ptr().add(offset);
            start.cast::<u32>().read_unaligned()
        }
    }

    /// Compares a copy that was put back with a fresh one.
    ///
    /// # Panics
    /// They differ: somebody wrote without taking note.
    ///
    /// # Safety
    /// The copy is at `bases`.
    #[cfg(debug_assertions)]
    unsafe fn compare(&self, bases: &Bases) {
        // The tests count calls of the global allocator, so the fresh copy is made word by word.
        let (mut inner, mut links) = (self.inner.iter().peekable(), self.links.iter().peekable());
        for (piece, bytes) in self.pieces.iter().enumerate() {
            for offset in (0..bytes.len() as u32).step_by(ALIGN) {
                let place = Place {
                    piece: piece as u32,
                    offset,
                };
                // SAFETY: within both copies, which were made of the same bytes. The image's are
                // in a box of bytes, which promises no alignment.
                let (mut new, old) = unsafe {
                    let new = bytes.as_ptr().add(offset as usize).cast::<u64>();
                    (new.read_unaligned(), bases.at(place).cast::<u64>().read())
                };
                if piece == 0 && inner.next_if_eq(&&offset).is_some() {
                    new += bases.start(0).addr() as u64;
                } else if let Some(link) = links.next_if(|link| link.place == place) {
                    new += bases.start(link.target_piece).addr() as u64;
                } else if self.is_table_word(place) {
                    continue;
                }
                if self.is_unseen(place) {
                    continue;
                }
                let place = format_args!("{place:?}");
                assert_eq!(
                    new, old,
                    "{place} of an image differs: a write was not noted"
                );
            }
        }
        for place in &self.tables {
            // SAFETY: a table of the copy.
            let table = unsafe { &*bases.at(place.object.place).cast::<TableObject<'_>>() };
            let offset = place.object.place.offset as usize;
            let field = |at: usize| self.word(0, offset + at);
            let absent = field(offset_of!(TableObject<'_>, absent));
            let is_same = table.store_mask.get() == NO_MASK
                && table.node_mask.get() == field(offset_of!(TableObject<'_>, node_mask))
                && table.last_free.get() as usize == self.before_bytes() + offset
                // More may be known of what it lacks by now (WI2).
                && table.absent.get() & (absent | !LACKS) == absent | IS_UNTOUCHED;
            assert!(
                is_same,
                "a table of an image at {offset} differs: a write was not noted"
            );
        }
    }

    /// Whether the word at `place` is part of what need not be compared.
    #[cfg(debug_assertions)]
    fn is_unseen(&self, place: Place) -> bool {
        let after = self.unseen.partition_point(|part| part.place <= place);
        let before = after.checked_sub(1).map(|index| self.unseen[index]);
        before.is_some_and(|part| {
            part.place.piece == place.piece && place.offset - part.place.offset < part.bytes
        })
    }

    /// Whether a copy of the word at `place`, which is not a pointer, is a table's own business.
    #[cfg(debug_assertions)]
    fn is_table_word(&self, place: Place) -> bool {
        let after = self
            .tables
            .partition_point(|table| table.object.place <= place);
        let before = after
            .checked_sub(1)
            .map(|index| self.tables[index].object.place);
        before
            .filter(|before| before.piece == place.piece)
            .is_some_and(|before| {
                let field = (place.offset - before.offset) as usize;
                let first = offset_of!(TableObject<'_>, node_mask);
                (first..size_of::<TableObject<'_>>()).contains(&field)
            })
    }
}

/// Has the arena keep no copy of the image that the region began with, and the region take no more
/// notes: its objects are about to move, or to change in ways that are not noted (WI3).
pub(crate) fn forget_copy(store: &Store<'_>) {
    let Some(start) = NonNull::new(store.heap.notes.replace(ptr::null_mut())) else {
        return;
    };
    store.heap.forget_warm();
    // SAFETY: the notes are there while the objects stay where they are, and the image outlives
    // the region (G3).
    unsafe {
        let image = &*Notes::at(start.as_ptr()).image.get();
        let bases = GraphImage::bases(start.as_ptr());
        for place in &image.tables {
            let table = &*bases.at(place.object.place).cast::<TableObject<'_>>();
            if table.is_untouched() {
                image.mark_touched(table, place.object.place.offset as usize);
            }
        }
    }
}

impl GraphImage {
    fn mark_touched(&self, table: &TableObject<'_>, offset: usize) {
        table.last_free.set(self.last_free(offset));
        table.store_mask.set(table.node_mask.get());
        table.absent.set(table.absent.get() & !IS_UNTOUCHED);
    }
}

impl Table<'_> {
    /// Takes note that an untouched table is going to be written to.
    #[cold]
    #[inline(never)]
    pub(super) fn note_touched(self) {
        let table = self.object();
        debug_assert!(table.is_untouched());
        let offset = table.last_free.get() as usize;
        let start = self.to_header().addr() - offset;
        let start = ptr::with_exposed_provenance_mut::<u8>(start);
        // SAFETY: an untouched table lies so far behind the notes of its copy (A5), whose image
        // outlives the region (G3).
        unsafe {
            let notes = Notes::at(start);
            let image = &*notes.image.get();
            let place = offset - notes.before_bytes as usize;
            let number = image.word(0, place + offset_of!(TableObject<'_>, store_mask));
            let count = notes.count.get();
            debug_assert!(number < image.tables.len() as u32 && count < image.tables.len() as u32);
            let numbers = start.add(image.numbers_offset()).cast::<u32>();
            numbers.add(count as usize).write(number);
            notes.count.set(count + 1);
            image.mark_touched(table, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::{Arena, Heap};
    use crate::value::Value;

    /// Opens a store on `arena`, which is closed within `body`.
    fn with_store<R>(arena: &mut Arena, body: impl FnOnce(&Store<'_>) -> R) -> R {
        // SAFETY: the heap is dropped before the arena is used again.
        let store = Store::new(unsafe { Heap::open(arena.lend(), 0) });
        body(&store)
    }

    /// The image of a table with a list of a few items, one of them a table with a field.
    fn image() -> GraphImage {
        with_store(&mut Arena::new(), |store| {
            let (outer, inner) = (Table::new(store, 4, 0), Table::new(store, 0, 2));
            let (outer, inner) = (outer.expect("there is memory"), inner.expect("as above"));
            inner
                .raw_set(store, Value::float(0.5), Value::int(7))
                .expect("as above");
            for index in 1..=3 {
                outer
                    .raw_set_int(store, index, inner.to_value())
                    .expect("as above");
            }
            // SAFETY: the table is live.
            unsafe { GraphImage::capture(store, &[outer.to_header()]) }.expect("it is data")
        })
    }

    fn root<'r>(image: &GraphImage, store: &Store<'r>) -> Table<'r> {
        // SAFETY: the tests drop the image last, and its root is a table.
        unsafe {
            let root = image.restore(store).expect("there is memory").next();
            Table::from_header(NonNull::new(root.expect("it has one")).expect("a table"))
        }
    }

    #[test]
    #[cfg_attr(lunette_stress, ignore = "the stress source keeps nothing")]
    fn the_next_region_takes_the_copy_over_and_puts_back_what_was_written() {
        let (image, mut arena) = (image(), Arena::new());
        let first = with_store(&mut arena, |store| {
            let table = root(&image, store);
            table
                .raw_set_int(store, 1, Value::int(5))
                .expect("it is there");
            table
                .raw_set_int(store, 9, Value::int(6))
                .expect("there is memory");
            table.set_metatable(Some(table));
            // SAFETY: the region's notes.
            let notes = unsafe { Notes::at(store.heap.notes.get()) };
            assert_eq!(notes.count.get(), 1, "one note for all writes");
            table.to_header().addr()
        });
        with_store(&mut arena, |store| {
            let table = root(&image, store);
            assert_eq!(table.to_header().addr(), first, "it lies where it lay");
            assert!(table.object().is_untouched() && table.metatable().is_none());
            let inner = table.raw_get_int(1).as_table().expect("it was put back");
            assert_eq!(inner.raw_get(Value::float(0.5)).as_int(), Some(7));
            assert!(table.raw_get_int(9).is_nil() && table.raw_len() == 3);
        });
    }

    #[test]
    #[cfg(debug_assertions)]
    #[cfg_attr(lunette_stress, ignore = "the stress source keeps nothing")]
    #[should_panic(expected = "a write was not noted")]
    fn a_write_without_a_note_is_found() {
        let (image, mut arena) = (image(), Arena::new());
        with_store(&mut arena, |store| {
            let slot = root(&image, store).array_slot(1).expect("there is one");
            // SAFETY: a slot of a live table.
            unsafe { slot.write(Value::int(5)) };
        });
        with_store(&mut arena, |store| root(&image, store).raw_len());
    }

    #[test]
    #[cfg_attr(lunette_stress, ignore = "the stress source keeps nothing")]
    fn a_copy_that_is_forgotten_is_made_anew() {
        let (image, mut arena) = (image(), Arena::new());
        for way in 0..3 {
            with_store(&mut arena, |store| {
                let table = root(&image, store);
                match way {
                    0 => forget_copy(store),
                    1 => store.heap.forget_warm(),
                    _ => {}
                }
                assert_eq!(table.object().is_untouched(), way > 0);
                table
                    .raw_set_int(store, 1, Value::int(5))
                    .expect("it is there");
            });
            if way == 2 {
                arena.set_zeroing(true);
            }
            with_store(&mut arena, |store| {
                let table = root(&image, store);
                assert!(table.raw_get_int(1).as_table().is_some());
                assert_eq!(table.object().is_untouched(), way < 2);
            });
        }
    }
}
