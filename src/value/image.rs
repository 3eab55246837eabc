//! A graph of objects kept outside regions, and copied into them as a whole.
#![allow(unsafe_code)]
//!
//! What every region begins with (libraries, or all that a host prepared) is made once. Its image
//! is a few pieces of bytes and the places of the pointers among them: a region that opens copies
//! the pieces and moves those pointers by where its copies lie. No key is hashed, no object is
//! looked at.
//!
//! - **G1** In an image the pointer at a listed place is the offset of its target in the target's
//!   piece. All other words mean the same in every region: numbers, short strings, code, and
//!   objects that live outside regions.
//! - **G2** The first piece holds objects and small blocks, each on a boundary of [`ALIGN`] and as
//!   large as the heap would have made it; every other piece is one block that has a chunk of its
//!   own.
//! - **G3** What an image refers to outside regions (functions that were compiled) lives as long as
//!   the image; its owner sees to that.
//!
//! - **G4** In the bytes of a table `store_mask` is the table's number in `tables`; every copy
//!   gets what belongs there.
//!
//! What a region changed of its copy is in `image_warm.rs`. The walk over the graph is the copier's
//! (`copy.rs`), without moving anything: the region that the image is taken of stays as it is.

use core::mem::{MaybeUninit, offset_of};
use core::ptr;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::copy::object_bytes;
use super::function::{Closure, NativeObject, Upvalue};
use super::header::{FLAG_FIXED, Header, Kind, Serials};
use super::image_warm::forget_copy;
use super::repr::Value;
use super::store::Store;
use super::table::TableObject;
use super::table_hash::{Node, block_bytes};
use super::thread::ThreadObject;
use super::userdata::UserDataObject;
use crate::memory::{ALIGN, AllocError, Bound, Heap, Origin};

/// Bytes of a value and of a pointer.
const VALUE_BYTES: usize = size_of::<Value<'_>>();
const POINTER_BYTES: usize = size_of::<usize>();
/// How many pieces an image may have.
const PIECES_MAX: usize = 1 << 12;
/// How large a piece may be, so that offsets from its notes fit as well.
const PIECE_MAX_BYTES: usize = u32::MAX as usize / 2;

/// Why there is no image of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ImageError {
    /// No memory.
    Memory(AllocError),
    /// It has an object of the host.
    HostObject,
    /// It has a host function that was made in the region.
    HostFunction,
    /// It has an object with a finalizer.
    Finalizer,
}

impl From<AllocError> for ImageError {
    fn from(error: AllocError) -> Self {
        Self::Memory(error)
    }
}

/// Where something lies in an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) piece: u32,
    pub(super) offset: u32,
}

/// A pointer among an image's bytes, and the piece that it points into.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) place: Place,
    pub(super) target_piece: u32,
}

/// A graph of objects outside regions.
pub(crate) struct GraphImage {
    pub(super) pieces: Vec<Box<[MaybeUninit<u8>]>>,
    /// The places in the first piece of pointers into the first piece: almost all that there are.
    pub(super) inner: Box<[u32]>,
    /// All others.
    pub(super) links: Vec<Link>,
    /// Where the roots are, in the order in which they were given.
    pub(super) roots: Vec<Option<Place>>,
    /// Serial numbers go on from here.
    pub(super) serials: Serials,
    /// What regions take note of when they write to it.
    pub(super) tables: Box<[TablePlace]>,
    /// What they write to without a note.
    pub(super) restless: Box<[Part]>,
    /// What need not be compared: strings, which only learn their hash, and what is restless.
    #[cfg(debug_assertions)]
    pub(super) unseen: Box<[Part]>,
    /// Tells copies of this image from others.
    pub(super) origin: Origin,
}

/// A piece of an image, or a part of one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) place: Place,
    pub(super) bytes: u32,
    /// The first of `inner` that lies in or behind it, if it is part of the first piece.
    pub(super) first_inner: u32,
}

/// Where a table of an image lies, with the blocks of its parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct TablePlace {
    pub(super) object: Part,
    pub(super) array: Option<Part>,
    pub(super) nodes: Option<Part>,
}

// SAFETY: an image is bytes and offsets that nobody changes; the pointers among the bytes lead to
// what may be shared by threads (G1, G3).
unsafe impl Send for GraphImage {}
// SAFETY: as above.
unsafe impl Sync for GraphImage {}

impl GraphImage {
    /// The image of all that `roots` reach in the region of `store`. Nothing of it runs.
    ///
    /// # Errors
    /// There is no memory for it, it has too many large blocks, or something in it belongs to this
    /// region alone.
    ///
    /// # Safety
    /// The roots are live objects of the region, each at the start of its header; null ones are
    /// none.
    pub(crate) unsafe fn capture(
        store: &Store<'_>,
        roots: &[*mut Header],
    ) -> Result<Self, ImageError> {
        forget_copy(store);
        let mut walk = Walk::default();
        for root in roots {
            // SAFETY: the caller's promise.
            unsafe { walk.object(*root) };
        }
        walk.drain();
        if let Some(error) = walk.refusal {
            return Err(error);
        }
        // SAFETY: all that the walk found is live memory of the region, which nobody changes now.
        Ok(unsafe { walk.into_image(store, roots) }?)
    }

    /// Copies the image into a region that has no objects yet, or takes over what the last region
    /// of the arena had of it; gives the roots.
    ///
    /// # Errors
    /// The region has no room for it.
    ///
    /// # Safety
    /// The image's owner outlives the region (G3). The roots are used as what they were.
    pub(crate) unsafe fn restore(
        &self,
        store: &Store<'_>,
    ) -> Result<impl Iterator<Item = *mut Header> + '_, AllocError> {
        let bases = match self.warm_copy(store) {
            // SAFETY: it is the copy of this image.
            Some(start) => unsafe { self.take_over(store, start) }?,
            None => self.copy_into(store)?,
        };
        store.serials.start_from(&self.serials);
        Ok(self.roots.iter().map(move |root| {
            // SAFETY: roots lie within their pieces.
            root.map_or(ptr::null_mut(), |root| unsafe { bases.at(root).cast() })
        }))
    }

    /// Copies the image's pieces, and moves the pointers in them.
    fn copy_into(&self, store: &Store<'_>) -> Result<Bases, AllocError> {
        let start = store.heap.bump_whole(self.whole_bytes())?;
        // SAFETY: there is room for the notes before the first piece.
        let bases = unsafe { self.start_notes(start) };
        for (index, piece) in self.pieces.iter().enumerate() {
            if index > 0 {
                bases.set(index, store.heap.block(piece.len())?.as_ptr());
            }
            let base = bases.start(index as u32);
            // SAFETY: as many fresh bytes as the piece has.
            unsafe { ptr::copy_nonoverlapping(piece.as_ptr(), base.cast(), piece.len()) };
        }
        // SAFETY: the pieces were just copied there.
        unsafe { self.relocate(&bases, &bases) };
        // SAFETY: as above.
        unsafe { self.keep(store, start, &bases) };
        Ok(bases)
    }

    /// Moves the pointers in copies of the pieces at `copies` as if these lay at `bases`.
    ///
    /// # Safety
    /// Copies of all pieces are there, and nobody has changed them.
    pub(super) unsafe fn relocate(&self, copies: &Bases, bases: &Bases) {
        let (copy, first) = (copies.start(0), bases.start(0));
        for offset in &self.inner {
            // SAFETY: place and target lie within the first piece (G1).
            unsafe {
                let word = copy.add(*offset as usize).cast::<*mut u8>();
                let target = word.cast::<usize>().read();
                word.write(first.wrapping_add(target));
            }
        }
        for link in &self.links {
            // SAFETY: places and targets lie within their pieces (G1).
            unsafe {
                let word = copies.at(link.place).cast::<*mut u8>();
                let offset = word.cast::<usize>().read();
                word.write(bases.start(link.target_piece).wrapping_add(offset));
            }
        }
    }

    /// Bytes of all pieces, and of the notes that a region keeps with its copy.
    pub(crate) fn bytes(&self) -> usize {
        self.whole_bytes() + self.block_bytes()
    }

    /// Bytes of all pieces but the first.
    fn block_bytes(&self) -> usize {
        self.pieces[1..].iter().map(|piece| piece.len()).sum()
    }
}

/// Where the pieces of an image were copied to: an array with a pointer for each.
#[derive(Clone, Copy)]
pub(super) struct Bases(pub(super) *mut *mut u8);

impl Bases {
    pub(super) fn set(&self, index: usize, start: *mut u8) {
        // SAFETY: there is one for each piece.
        unsafe { self.0.add(index).write(start) };
    }

    pub(super) fn start(&self, piece: u32) -> *mut u8 {
        // SAFETY: as above.
        unsafe { self.0.add(piece as usize).read() }
    }

    /// # Safety
    /// The place lies within its piece.
    pub(super) unsafe fn at(&self, place: Place) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { self.start(place.piece).add(place.offset as usize) }
    }
}

/// What a region has of one kind of object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KindUsage {
    /// What they are called, as in `tables`.
    pub name: &'static str,
    /// How many there are.
    pub objects: u64,
    /// Bytes of the objects and of the blocks that belong to them: parts of tables, stacks.
    pub bytes: usize,
}

/// What of each kind the roots reach; asks the host's memory for notes of all that it finds.
///
/// # Safety
/// The roots are live objects, each at the start of its header; null ones are none.
pub(crate) unsafe fn census(roots: &[*mut Header]) -> [KindUsage; Kind::COUNT] {
    let mut walk = Walk::default();
    for root in roots {
        // SAFETY: the caller's promise.
        unsafe { walk.object(*root) };
    }
    walk.drain();
    let mut usage = Kind::NAMES.map(|name| KindUsage {
        name,
        ..KindUsage::default()
    });
    for found in &walk.found {
        let usage = &mut usage[found.kind as usize];
        usage.objects += u64::from(found.is_object);
        usage.bytes += found.bytes;
    }
    usage
}

/// Something in the region that has its place in the image.
#[derive(Clone, Copy)]
struct Found {
    start: *mut u8,
    /// Bytes that are copied.
    used_bytes: usize,
    /// Bytes in the image; what is not copied is zero.
    bytes: usize,
    is_block: bool,
    /// The kind of the object, or of the one that the block is part of.
    kind: u8,
    is_object: bool,
}

/// The walk over a graph.
#[derive(Default)]
struct Walk {
    found: Vec<Found>,
    /// Index in `found` by address.
    by_address: BTreeMap<usize, usize>,
    waiting: Vec<*mut Header>,
    /// The kind of the object that is looked at.
    kind: u8,
    /// Words of the region that are pointers into it.
    pointers: Vec<*mut u8>,
    upvalues: Vec<*mut Upvalue<'static>>,
    /// What cannot be part of an image.
    refusal: Option<ImageError>,
}

impl Walk {
    /// Notes an object, if it is new.
    ///
    /// # Safety
    /// `object` is null or live.
    unsafe fn object(&mut self, object: *mut Header) {
        // SAFETY: the caller's promise.
        if object.is_null() {
            return;
        }
        // SAFETY: as above.
        if unsafe { (*object).has(FLAG_FIXED) } {
            // SAFETY: as above.
            let is_own = unsafe { NativeObject::is_of_region(object) };
            self.refusal = self.refusal.or(is_own.then_some(ImageError::HostFunction));
            return;
        }
        // SAFETY: as above.
        let bytes = unsafe { object_bytes(object) };
        let bytes = bytes.next_multiple_of(ALIGN);
        // SAFETY: as above.
        let kind = unsafe { (*object).kind_index() };
        let outer = core::mem::replace(&mut self.kind, kind);
        if self.note(object.cast(), bytes, bytes, Heap::has_own_chunk(bytes)) {
            if let Some(found) = self.found.last_mut() {
                found.is_object = true;
            }
            self.waiting.push(object);
        }
        self.kind = outer;
    }

    /// Notes an object that the word at `place` points to, and the word.
    ///
    /// # Safety
    /// The word is null or points to a live object.
    unsafe fn pointer(&mut self, place: *mut *mut Header) {
        // SAFETY: the caller's promise.
        unsafe {
            let object = place.read();
            if !object.is_null() && !(*object).has(FLAG_FIXED) {
                self.pointers.push(place.cast());
            }
            self.object(object);
        }
    }

    /// Notes a block that the word at `place` points to, and the word.
    fn block(&mut self, place: *mut u8, start: *mut u8, bytes: usize, used_bytes: usize) {
        if bytes > 0 {
            self.pointers.push(place);
            let bytes = Heap::block_bytes(bytes);
            self.note(start, bytes, used_bytes, true);
        }
    }

    fn note(&mut self, start: *mut u8, bytes: usize, used_bytes: usize, is_block: bool) -> bool {
        let Entry::Vacant(entry) = self.by_address.entry(start.addr()) else {
            return false;
        };
        entry.insert(self.found.len());
        self.found.push(Found {
            start,
            used_bytes,
            bytes,
            is_block,
            kind: self.kind,
            is_object: false,
        });
        true
    }

    /// # Safety
    /// `count` initialised values start at `first`.
    unsafe fn values(&mut self, first: *mut Value<'_>, count: usize) {
        for index in 0..count {
            // SAFETY: the caller's promise; the payload is the value's second word (V1).
            unsafe {
                let slot = first.add(index);
                if (*slot).is_object() {
                    self.pointer(slot.cast::<*mut Header>().add(1));
                }
            }
        }
    }

    fn drain(&mut self) {
        while let Some(object) = self.waiting.pop() {
            // SAFETY: what waits is live.
            unsafe { self.scan(object) };
        }
    }

    /// Notes what an object's fields refer to.
    ///
    /// # Safety
    /// `object` is live.
    unsafe fn scan(&mut self, object: *mut Header) {
        // SAFETY: the kind says which object it is.
        unsafe {
            let kind = (*object).kind_index();
            self.kind = kind;
            if kind == Kind::Table as u8 {
                self.scan_table(&*object.cast::<TableObject<'_>>());
            } else if kind == Kind::Closure as u8 {
                let closure = Closure::from_ptr(object.cast());
                for index in 0..closure.upvalue_count() {
                    self.pointer(closure.upvalue_at(index).cast());
                }
            } else if kind == Kind::Upvalue as u8 {
                self.scan_upvalue(object.cast());
            } else if kind == Kind::Native as u8 {
                let (first, count) = NativeObject::captured_values(object.cast());
                self.values(first, count);
            } else if kind == Kind::UserData as u8 {
                let object = &*object.cast::<UserDataObject<'_>>();
                if object.host().is_some() {
                    self.refusal = Some(ImageError::HostObject);
                }
                self.pointer(object.metatable_cell().as_ptr().cast());
                self.values(object.user_value_cell().as_ptr(), 1);
            } else if kind == Kind::Thread as u8 {
                self.scan_thread(&*object.cast::<ThreadObject<'_>>());
            }
        }
    }

    /// # Safety
    /// The table is live.
    unsafe fn scan_table(&mut self, table: &TableObject<'_>) {
        // SAFETY: an optional handle has the layout of a pointer that may be null; the array part
        // is a block of its capacity whose slots are initialised (A1), the hash part a block of
        // nodes (A3).
        unsafe {
            self.pointer(table.metatable.as_ptr().cast());
            let cap = table.array_cap.get() as usize;
            let array = table.array.get();
            let place = table.array.as_ptr().cast();
            self.block(place, array.cast(), cap * VALUE_BYTES, cap * VALUE_BYTES);
            self.values(array, table.array_len.get() as usize);
            let nodes = table.nodes.get();
            if !ptr::eq(nodes, Node::none()) {
                let count = table.node_mask.get() as usize + 1;
                let bytes = block_bytes(count);
                self.block(table.nodes.as_ptr().cast(), nodes.cast(), bytes, bytes);
                self.values(nodes.cast(), 2 * count);
            }
        }
    }

    /// # Safety
    /// The upvalue is live.
    unsafe fn scan_upvalue(&mut self, upvalue: *mut Upvalue<'static>) {
        // SAFETY: the caller's promise; the slot is the upvalue's own field, or one of a stack,
        // which stays readable even if its thread is not reached.
        unsafe {
            self.pointers.push((*upvalue).slot.as_ptr().cast());
            self.pointer((*upvalue).next.as_ptr().cast());
            self.values((*upvalue).closed.as_ptr(), 1);
            let value = (*upvalue).get();
            if value.is_object() {
                self.object(value.bits() as *mut Header);
            }
            self.upvalues.push(upvalue);
        }
    }

    /// # Safety
    /// The thread is live, and does not run.
    unsafe fn scan_thread(&mut self, thread: &ThreadObject<'_>) {
        let live = thread.live_slots();
        let cap = thread.stack_cap.get() as usize;
        let stack = thread.stack.get();
        // SAFETY: stack, frames and list of a thread are blocks of their capacities (K1).
        unsafe {
            let place = thread.stack.as_ptr().cast();
            self.block(place, stack.cast(), cap * VALUE_BYTES, live * VALUE_BYTES);
            self.values(stack, live);
            self.pointer(thread.open_upvalues.as_ptr().cast());
            self.pointer(thread.resumer.as_ptr().cast());
            let (frames, bytes) = thread.frames_block();
            self.block(thread.frames.as_ptr().cast(), frames.cast(), bytes, bytes);
            for index in 0..thread.frame_count.get() as usize {
                self.pointer((&raw mut (*frames.add(index)).callee).cast());
            }
            let (list, bytes) = thread.to_close_block();
            self.block(
                thread.to_close_cell().as_ptr().cast(),
                list.cast(),
                bytes,
                bytes,
            );
        }
    }

    /// The thing that contains `address`, and how far in.
    fn containing(&self, address: usize) -> Option<(usize, usize)> {
        let (start, index) = self.by_address.range(..=address).next_back()?;
        let inside = address - start;
        (inside < self.found[*index].bytes).then_some((*index, inside))
    }

    /// # Safety
    /// All that was found is still there.
    unsafe fn into_image(
        mut self,
        store: &Store<'_>,
        roots: &[*mut Header],
    ) -> Result<GraphImage, AllocError> {
        let (places, pieces) = self.lay_out()?;
        let mut pieces: Vec<Box<[MaybeUninit<u8>]>> = pieces;
        for (found, place) in self.found.iter().zip(&places) {
            let piece = &mut pieces[place.piece as usize][place.offset as usize..];
            // SAFETY: the used bytes are live memory of the region; the piece has room for all.
            unsafe {
                let to = piece.as_mut_ptr();
                ptr::copy_nonoverlapping(found.start.cast(), to, found.used_bytes);
                ptr::write_bytes(to.add(found.used_bytes), 0, found.bytes - found.used_bytes);
            }
        }
        let mut links = Vec::new();
        self.pointers.sort_unstable();
        self.pointers.dedup();
        // SAFETY: pointers are words of what was found.
        let targets = self
            .pointers
            .iter()
            .map(|word| (word.addr(), unsafe { word.cast::<usize>().read() }));
        for (word, target) in targets {
            let (Some((holder, inside)), Some((index, offset))) =
                (self.containing(word), self.containing(target))
            else {
                // The slot of an upvalue whose thread was not reached: see below.
                continue;
            };
            let place = places[holder].plus(inside);
            let target = places[index].plus(offset);
            write_word(&mut pieces, place, target.offset as usize);
            links.push(Link {
                place,
                target_piece: target.piece,
            });
        }
        for upvalue in &self.upvalues {
            // SAFETY: the upvalue and its slot are readable.
            unsafe { self.close_orphan(*upvalue, &places, &mut pieces, &mut links) };
        }
        links.sort_unstable_by_key(|link| link.place);
        let roots = roots.iter().map(|root| {
            let (index, _) = self.containing(root.addr()).filter(|_| !root.is_null())?;
            Some(places[index])
        });
        let serials = Serials::new();
        serials.start_from(&store.serials);
        let is_inner = |link: &Link| link.place.piece == 0 && link.target_piece == 0;
        let inner = links.iter().filter(|link| is_inner(link));
        let inner: Box<[u32]> = inner.map(|link| link.place.offset).collect();
        links.retain(|link| !is_inner(link));
        let roots = roots.collect();
        let part = |index: usize| Part {
            place: places[index],
            bytes: self.found[index].bytes as u32,
            first_inner: inner.partition_point(|place| *place < places[index].offset) as u32,
        };
        let all = || (0..self.found.len()).map(|index| (index, &self.found[index]));
        let of_kind = |kind: Kind| all().filter(move |(_, found)| found.kind == kind as u8);
        let tables: Box<[_]> = of_kind(Kind::Table)
            .filter(|(_, found)| found.is_object)
            .map(|(index, found)| {
                // SAFETY: it is a live table.
                let table = unsafe { &*found.start.cast::<TableObject<'_>>() };
                let block = |start: *mut u8| self.by_address.get(&start.addr()).copied().map(part);
                TablePlace {
                    object: part(index),
                    array: block(table.array.get().cast()),
                    nodes: block(table.nodes.get().cast()),
                }
            })
            .collect();
        for (number, table) in tables.iter().enumerate() {
            let mask = table
                .object
                .place
                .plus(offset_of!(TableObject<'_>, store_mask));
            write_bytes(&mut pieces, mask, (number as u32).to_ne_bytes());
        }
        let kinds = [Kind::Upvalue, Kind::Native, Kind::UserData, Kind::Thread];
        let restless = kinds.into_iter().flat_map(of_kind);
        let restless = restless.map(|(index, _)| part(index)).collect();
        Ok(GraphImage {
            restless,
            #[cfg(debug_assertions)]
            unseen: {
                let is_seen = |kind: u8| kind == Kind::Table as u8 || kind == Kind::Closure as u8;
                let unseen = all().filter(|(_, found)| !is_seen(found.kind));
                unseen.map(|(index, _)| part(index)).collect()
            },
            pieces,
            inner,
            links,
            roots,
            serials,
            tables,
            origin: Origin::default(),
        })
    }

    /// Gives everything its place, and makes the pieces.
    #[allow(clippy::type_complexity)]
    fn lay_out(&self) -> Result<(Vec<Place>, Vec<Box<[MaybeUninit<u8>]>>), AllocError> {
        let mut sizes = vec![0usize];
        let mut places = Vec::with_capacity(self.found.len());
        for found in &self.found {
            let piece = if found.is_block && Heap::has_own_chunk(found.bytes) {
                sizes.push(0);
                sizes.len() - 1
            } else {
                0
            };
            let offset = sizes[piece];
            sizes[piece] += found.bytes;
            if sizes[piece] > PIECE_MAX_BYTES || piece >= PIECES_MAX {
                return Err(AllocError::new(Bound::Request, sizes[piece]));
            }
            places.push(Place {
                piece: piece as u32,
                offset: offset as u32,
            });
        }
        let mut pieces = Vec::with_capacity(sizes.len());
        for size in sizes {
            let mut piece = Vec::new();
            piece
                .try_reserve_exact(size)
                .map_err(|_| AllocError::new(Bound::Source, size))?;
            piece.resize(size, MaybeUninit::new(0));
            pieces.push(piece.into_boxed_slice());
        }
        Ok((places, pieces))
    }

    /// Closes the copy of an open upvalue whose thread is not part of the image.
    ///
    /// # Safety
    /// The upvalue and its slot are readable.
    unsafe fn close_orphan(
        &self,
        upvalue: *mut Upvalue<'static>,
        places: &[Place],
        pieces: &mut [Box<[MaybeUninit<u8>]>],
        links: &mut Vec<Link>,
    ) {
        // SAFETY: the caller's promise.
        let (slot, value) = unsafe { ((*upvalue).slot.get(), (*upvalue).get()) };
        if self.containing(slot.addr()).is_some() {
            return;
        }
        let Some((index, _)) = self.containing(upvalue.addr()) else {
            return;
        };
        let place = places[index];
        let field = |offset: usize| place.plus(offset);
        let closed = field(offset_of!(Upvalue<'_>, closed));
        let (slot, next) = (
            field(offset_of!(Upvalue<'_>, slot)),
            field(offset_of!(Upvalue<'_>, next)),
        );
        write_word(pieces, slot, closed.offset as usize);
        links.retain(|link| link.place != next);
        write_word(pieces, next, 0);
        links.push(Link {
            place: slot,
            target_piece: closed.piece,
        });
        write_word(pieces, closed, value.word() as usize);
        let payload = closed.plus(POINTER_BYTES);
        match self.containing(value.bits() as usize) {
            Some((target, _)) if value.is_object() => {
                let target = places[target];
                write_word(pieces, payload, target.offset as usize);
                links.push(Link {
                    place: payload,
                    target_piece: target.piece,
                });
            }
            _ => write_word(pieces, payload, value.bits() as usize),
        }
    }
}

impl Place {
    fn plus(self, offset: usize) -> Self {
        Self {
            piece: self.piece,
            offset: self.offset + offset as u32,
        }
    }
}

fn write_word(pieces: &mut [Box<[MaybeUninit<u8>]>], place: Place, word: usize) {
    write_bytes(pieces, place, word.to_ne_bytes());
}

fn write_bytes<const COUNT: usize>(
    pieces: &mut [Box<[MaybeUninit<u8>]>],
    place: Place,
    bytes: [u8; COUNT],
) {
    let start = place.offset as usize;
    let target = &mut pieces[place.piece as usize][start..start + COUNT];
    for (to, from) in target.iter_mut().zip(bytes) {
        to.write(from);
    }
}
