//! The header that every heap object starts with.
//!
//! ```text
//!   bits 0..8  kind    bits 8..16  flags    bits 16..64  serial number, or hash of a long string
//! ```
//!
//! - **O1** Every object in a region's chunks starts with a `Header`, at an 8-byte boundary.
//! - **O2** A serial number is unique among the objects of its kind in its region. It, and not the
//!   address, is what `tostring` prints and tables hash by, so objects can move.

use core::cell::Cell;

/// What a heap object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// A string longer than fits a value.
    Str,
    /// A table.
    Table,
    /// A function compiled from Lua.
    Closure,
    /// A function of the host.
    Native,
    /// A host object.
    UserData,
    /// A coroutine.
    Thread,
    /// A variable shared by closures.
    Upvalue,
    /// A compiled function without its upvalues.
    Proto,
}

impl Kind {
    /// How many kinds there are.
    pub(crate) const COUNT: usize = 8;
    /// Names for statistics, in order of declaration.
    pub(crate) const NAMES: [&'static str; Self::COUNT] = [
        "strings", "tables", "closures", "natives", "userdata", "threads", "upvalues", "protos",
    ];
}

/// A long string's hash is known.
pub(crate) const FLAG_HASHED: u8 = 1;
/// The object lives outside every region (in a program or an engine) and never moves.
pub(crate) const FLAG_FIXED: u8 = 2;
/// The object is fixed and belongs to a unit of memory, whose address is in the word before it.
pub(crate) const FLAG_UNIT: u8 = 4;
/// The object is marked for finalization.
pub(crate) const FLAG_FINALIZER: u8 = 8;

/// While an evacuation runs in place: the object is yet to be looked at.
pub(super) const FLAG_POSTPONED: u8 = 16;
/// While an evacuation runs in place: the table is yet to be settled.
pub(super) const FLAG_LISTED: u8 = 32;

/// The first word of every heap object.
#[repr(transparent)]
pub struct Header {
    word: Cell<u64>,
}

impl Header {
    /// A header with a serial number below 2^48.
    #[inline(always)]
    pub(crate) const fn new(kind: Kind, flags: u8, serial: u64) -> Self {
        Self {
            word: Cell::new(kind as u64 | (flags as u64) << 8 | serial << 16),
        }
    }

    /// A header as it was read from another.
    pub(super) const fn from_word(word: u64) -> Self {
        Self {
            word: Cell::new(word),
        }
    }

    /// The whole word, for copiers that keep an address there for a while.
    pub(super) fn word_cell(&self) -> &Cell<u64> {
        &self.word
    }

    /// The kind, as its number.
    #[inline(always)]
    pub(crate) fn kind_index(&self) -> u8 {
        self.word.get() as u8
    }

    /// Whether all of `flags` are set.
    #[inline(always)]
    pub(crate) fn has(&self, flags: u8) -> bool {
        (self.word.get() >> 8) as u8 & flags == flags
    }

    /// Clears `flags`.
    pub(crate) fn remove(&self, flags: u8) {
        self.word.set(self.word.get() & !((flags as u64) << 8));
    }

    /// The whole word, for an evacuation that borrows its place.
    pub(super) fn word(&self) -> u64 {
        self.word.get()
    }

    /// Replaces the whole word; see [`Header::word`].
    pub(super) fn set_word(&self, word: u64) {
        self.word.set(word);
    }

    /// Sets `flags`.
    #[inline(always)]
    pub(crate) fn add(&self, flags: u8) {
        self.word.set(self.word.get() | (flags as u64) << 8);
    }

    /// The serial number, or the hash.
    #[inline(always)]
    pub(crate) fn serial(&self) -> u64 {
        self.word.get() >> 16
    }

    /// Replaces the serial number or hash.
    #[inline(always)]
    pub(crate) fn set_serial(&self, serial: u64) {
        self.word.set(self.word.get() & 0xFFFF | serial << 16);
    }

    /// A hash of kind and serial number, for tables.
    #[inline(always)]
    pub(crate) fn identity_hash(&self) -> u32 {
        let word = self.word.get() & !0xFF00;
        (word.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
    }
}

/// The serial counters of a region, one a kind: they double as its count of objects made.
pub(crate) struct Serials {
    next: [Cell<u64>; Kind::COUNT],
}

impl Serials {
    pub(crate) const fn new() -> Self {
        Self {
            next: [const { Cell::new(1) }; Kind::COUNT],
        }
    }

    /// The next serial number of `kind`.
    #[inline(always)]
    pub(crate) fn take(&self, kind: Kind) -> u64 {
        let next = &self.next[kind as usize];
        let serial = next.get();
        next.set(serial + 1);
        serial
    }

    /// How many objects of each kind were made.
    pub(crate) fn counts(&self) -> [u64; Kind::COUNT] {
        core::array::from_fn(|kind| self.next[kind].get() - 1)
    }

    /// Continues after the objects that a prepared image brings.
    pub(crate) fn start_from(&self, other: &Serials) {
        for (mine, theirs) in self.next.iter().zip(&other.next) {
            mine.set(theirs.get());
        }
    }
}
