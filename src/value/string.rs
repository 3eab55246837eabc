//! Strings: immutable bytes, short ones inside the value, long ones in the heap.
#![allow(unsafe_code)]
//!
//! - **T1** A `Str` holds a value whose tag is `SHORT` or `LONG`.
//! - **T2** A long string's object is its header, its length, and that many bytes.
//!
//! Nothing is interned at run time: equal short strings are equal words, and long ones compare by
//! address, then length, then bytes. A long string's hash is computed when it is first asked for.

use core::ptr::{self, NonNull};
use core::slice;

use super::header::{FLAG_FIXED, FLAG_HASHED, Header, Kind};
use super::repr::{SHORT_MAX, Value, tag};
use super::store::Store;
use crate::memory::{AllocError, Bound, Ref};

/// Where a long string keeps digits of its serial number, beside its hash.
const SERIAL_MASK: u64 = 0xFFFF << 32;
/// The longest string that can be made, in bytes.
pub(crate) const LEN_MAX: usize = isize::MAX as usize / 4;

/// A Lua string of the region `'r`: any bytes, immutable.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Str<'r>(Value<'r>);

/// A long string in the heap; its bytes follow.
#[repr(C)]
pub(crate) struct StrObject {
    header: Header,
    len: usize,
}

impl StrObject {
    /// Bytes of the object and the text behind it.
    ///
    /// # Safety
    /// `object` is a live string.
    pub(super) unsafe fn bytes(object: *const Self) -> usize {
        // SAFETY: the caller's promise.
        TEXT_OFFSET + unsafe { (*object).len }
    }
}

const TEXT_OFFSET: usize = size_of::<StrObject>();

const K0: u64 = 0xA076_1D64_78BD_642F;
const K1: u64 = 0xE703_7ED1_A0B4_28DB;

/// Folds two words into 64 well mixed bits (a folded multiplication, as in wyhash).
#[inline(always)]
const fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128) * (b as u128);
    product as u64 ^ (product >> 64) as u64
}

/// The hash of a short string from its two words.
#[inline(always)]
pub(crate) const fn short_hash(word: u64, bits: u64) -> u32 {
    fold(word ^ K0, bits ^ K1) as u32
}

/// The hash of any text that is longer than a short string.
fn long_hash(text: &[u8]) -> u32 {
    let mut state = K0 ^ text.len() as u64;
    let mut blocks = text.chunks_exact(16);
    for block in &mut blocks {
        state = fold(word_at(block, 0) ^ state, word_at(block, 8) ^ K1);
    }
    let mut last = [0u8; 16];
    let rest = blocks.remainder();
    last[..rest.len()].copy_from_slice(rest);
    fold(word_at(&last, 0) ^ state, word_at(&last, 8) ^ K1) as u32
}

fn word_at(block: &[u8], at: usize) -> u64 {
    block
        .get(at..)
        .and_then(<[u8]>::first_chunk)
        .map_or(0, |word| u64::from_le_bytes(*word))
}

/// What a field instruction needs to know of a constant key: its value as a short string and the
/// hash that tables use; `None` for names longer than a short string.
pub(crate) const fn field_key(text: &[u8]) -> Option<(Value<'static>, u32)> {
    let Some(value) = Value::short(text) else {
        return None;
    };
    Some((value, short_hash(value.word(), value.short_bits())))
}

impl<'r> Str<'r> {
    /// Copies `text` into a string; up to 14 bytes need no memory.
    ///
    /// # Errors
    /// The region has no room for it.
    #[inline]
    pub(crate) fn new(store: &Store<'r>, text: &[u8]) -> Result<Self, AllocError> {
        if let Some(value) = Value::short_text(text) {
            return Ok(Self(value));
        }
        // SAFETY: the closure writes all bytes.
        unsafe {
            Self::make_long(store, text.len(), |start| {
                ptr::copy_nonoverlapping(text.as_ptr(), start, text.len());
            })
        }
    }

    /// Joins `parts` into one string, whose length is the sum of theirs.
    ///
    /// # Errors
    /// The region has no room for it.
    pub(crate) fn join(store: &Store<'r>, parts: &[Str<'_>]) -> Result<Self, AllocError> {
        let mut len = 0usize;
        for part in parts {
            len = len.saturating_add(part.len());
        }
        if len <= SHORT_MAX {
            let mut text = [0; SHORT_MAX];
            let mut end = 0;
            for part in parts {
                text[end..end + part.len()].copy_from_slice(part.as_bytes());
                end += part.len();
            }
            return Self::new(store, &text[..len]);
        }
        // SAFETY: the parts' bytes are written one after the other, `len` in all.
        unsafe {
            Self::make_long(store, len, |mut start| {
                for part in parts {
                    let text = part.as_bytes();
                    ptr::copy_nonoverlapping(text.as_ptr(), start, text.len());
                    start = start.add(text.len());
                }
            })
        }
    }

    /// Makes a string of `len` bytes that `fill` writes into zeroed memory.
    ///
    /// # Errors
    /// The region has no room for it.
    pub(crate) fn build(
        store: &Store<'r>,
        len: usize,
        fill: impl FnOnce(&mut [u8]),
    ) -> Result<Self, AllocError> {
        if len <= SHORT_MAX {
            let mut text = [0; SHORT_MAX];
            fill(&mut text[..len]);
            return Self::new(store, &text[..len]);
        }
        // SAFETY: zeroing writes all bytes, and the slice covers just them.
        unsafe {
            Self::make_long(store, len, |start| {
                ptr::write_bytes(start, 0, len);
                fill(slice::from_raw_parts_mut(start, len));
            })
        }
    }

    /// Allocates a long string.
    ///
    /// # Safety
    /// `fill` writes all `len` bytes.
    #[inline]
    pub(super) unsafe fn make_long(
        store: &Store<'r>,
        len: usize,
        fill: impl FnOnce(*mut u8),
    ) -> Result<Self, AllocError> {
        if len > LEN_MAX {
            return Err(AllocError::new(Bound::Request, len));
        }
        // Above the hash there is room for some digits of the serial number.
        let serial = store.serials.take(Kind::Str) << 32;
        let start = store.heap.bump(TEXT_OFFSET + len)?;
        // SAFETY: fresh bytes for header and text; `fill` writes the text.
        unsafe {
            let object = StrObject {
                header: Header::new(Kind::Str, 0, serial & SERIAL_MASK),
                len,
            };
            start.cast::<StrObject>().write(object);
            fill(start.add(TEXT_OFFSET).as_ptr());
            Ok(Self(Value::object(tag::LONG, start.cast())))
        }
    }

    /// Bytes that a long string of `len` bytes needs outside regions; see [`Str::write_fixed`].
    pub(crate) fn fixed_bytes(len: usize) -> usize {
        TEXT_OFFSET + len
    }

    /// Writes a long constant string into memory that outlives regions, its hash known.
    ///
    /// # Safety
    /// `start` is aligned, has `fixed_bytes(text.len())` bytes, and lives as long as `'r`.
    pub(crate) unsafe fn write_fixed(start: NonNull<u8>, text: &[u8]) -> Self {
        let header = Header::new(Kind::Str, FLAG_FIXED | FLAG_HASHED, long_hash(text).into());
        // SAFETY: the caller's promise.
        unsafe {
            start.cast::<StrObject>().write(StrObject {
                header,
                len: text.len(),
            });
            let to = start.add(TEXT_OFFSET).as_ptr();
            ptr::copy_nonoverlapping(text.as_ptr(), to, text.len());
            Self(Value::object(tag::LONG, start.cast()))
        }
    }

    /// A string that needs no memory: `text` has at most 14 bytes.
    ///
    /// # Panics
    /// At compile time where it is used as a constant, if `text` is longer.
    pub(crate) const fn literal(text: &'static str) -> Self {
        match Value::short(text.as_bytes()) {
            Some(value) => Str(value),
            None => panic!("the literal is too long for a short string"),
        }
    }

    /// What `type` gives for `value`: [`Value::type_name`], made ready at compile time.
    #[inline]
    pub(crate) fn type_of(value: Value<'_>) -> Self {
        let name = match value.tag() {
            tag::NIL => const { Str::literal("nil") },
            tag::FALSE | tag::TRUE => const { Str::literal("boolean") },
            tag::INT | tag::FLOAT => const { Str::literal("number") },
            tag::SHORT | tag::LONG => const { Str::literal("string") },
            tag::TABLE => const { Str::literal("table") },
            tag::CLOSURE | tag::NATIVE => const { Str::literal("function") },
            tag::USERDATA => const { Str::literal("userdata") },
            _ => const { Str::literal("thread") },
        };
        debug_assert_eq!(name.as_bytes(), value.type_name().as_bytes());
        name
    }

    #[inline(always)]
    pub(crate) fn from_value(value: Value<'r>) -> Self {
        debug_assert!(value.is_str());
        Self(value)
    }

    /// The string as a value.
    #[inline(always)]
    pub fn to_value(self) -> Value<'r> {
        self.0
    }

    fn object(&self) -> Option<Ref<'r, StrObject>> {
        // SAFETY: T1, V1.
        (self.0.tag() == tag::LONG).then(|| unsafe { self.0.as_ref() })
    }

    /// The bytes. A short string lies in the handle itself, so they are borrowed from it.
    #[inline(always)]
    pub fn as_bytes(&self) -> &[u8] {
        let (start, len) = if self.0.tag() == tag::SHORT {
            let len = (self.0.word() >> 8) as u8 as usize;
            debug_assert!(len <= SHORT_MAX);
            // SAFETY: the text of a short string starts at the third byte of its value.
            (unsafe { ptr::from_ref(self).cast::<u8>().add(2) }, len)
        } else {
            // SAFETY: T1, V1.
            let object = unsafe { self.0.as_ref::<StrObject>() };
            // SAFETY: the text follows the object (T2).
            (
                unsafe { object.as_ptr().cast::<u8>().add(TEXT_OFFSET).cast_const() },
                object.len,
            )
        };
        // SAFETY: V3 and T2: that many initialised bytes are there.
        unsafe { slice::from_raw_parts(start, len) }
    }

    /// The bytes for as long as the region lives, or `None` for a short string.
    pub(crate) fn long_bytes(self) -> Option<&'r [u8]> {
        let object = self.object()?;
        // SAFETY: T2; a long string's text lives as long as its object.
        Some(unsafe {
            slice::from_raw_parts(object.as_ptr().cast::<u8>().add(TEXT_OFFSET), object.len)
        })
    }

    /// The bytes for as long as the region lives; those of a short string are copied.
    ///
    /// # Errors
    /// The region has no room for them.
    #[inline]
    pub(crate) fn lasting_bytes(self, store: &Store<'r>) -> Result<&'r [u8], AllocError> {
        match self.long_bytes() {
            Some(bytes) => Ok(bytes),
            None if self.is_empty() => Ok(&[]),
            None => {
                let bytes = self.as_bytes();
                let start = store.heap.bump(bytes.len())?.as_ptr();
                // SAFETY: fresh bytes, which live as long as the region (H3).
                unsafe {
                    ptr::copy_nonoverlapping(bytes.as_ptr(), start, bytes.len());
                    Ok(slice::from_raw_parts(start, bytes.len()))
                }
            }
        }
    }

    /// Length in bytes.
    #[inline(always)]
    pub fn len(self) -> usize {
        if self.0.tag() == tag::SHORT {
            (self.0.word() >> 8) as u8 as usize
        } else {
            // SAFETY: T1, V1.
            unsafe { self.0.as_ref::<StrObject>() }.len
        }
    }

    /// Whether the string has no bytes.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The hash that tables use.
    #[inline]
    pub(crate) fn hash(self) -> u32 {
        match self.object() {
            None => short_hash(self.0.word(), self.0.bits()),
            Some(object) => self.long_hash(object),
        }
    }

    /// The hash of a constant, which is known (P3).
    #[inline(always)]
    pub(crate) fn constant_hash(self) -> u32 {
        match self.object() {
            None => short_hash(self.0.word(), self.0.bits()),
            Some(object) => {
                debug_assert!(object.header.has(FLAG_HASHED));
                object.header.serial() as u32
            }
        }
    }

    /// A number of 48 bits that `%p` shows: equal short strings share it, and equal long ones only
    /// if they are the same, as far as 16 bits of their serial numbers tell.
    pub(crate) fn identity(self) -> u64 {
        let hash = u64::from(self.hash());
        self.object()
            .map_or(hash, |object| object.header.serial() | hash)
    }

    #[inline(never)]
    fn long_hash(&self, object: Ref<'r, StrObject>) -> u32 {
        if !object.header.has(FLAG_HASHED) {
            let serial = object.header.serial() & SERIAL_MASK;
            let hash = u64::from(long_hash(self.as_bytes()));
            object.header.set_serial(serial | hash);
            object.header.add(FLAG_HASHED);
        }
        object.header.serial() as u32
    }
}

/// A long string made at compile time, for messages that must not need memory.
#[repr(C)]
struct Constant<const N: usize> {
    object: StrObject,
    text: [u8; N],
}

// SAFETY: nobody writes to it: its hash is known, and its flags are never changed.
unsafe impl<const N: usize> Sync for Constant<N> {}

impl<const N: usize> Constant<N> {
    const fn new(text: &[u8; N]) -> Self {
        assert!(N > SHORT_MAX && N <= 32, "short strings need no object");
        let flags = FLAG_FIXED | FLAG_HASHED;
        let header = Header::new(Kind::Str, flags, constant_hash(text) as u64);
        Self {
            object: StrObject { header, len: N },
            text: *text,
        }
    }

    const fn to_str<'r>(&'static self) -> Str<'r> {
        // SAFETY: a long string object that lives for ever, its text behind it (T2).
        unsafe {
            let pointer = NonNull::new_unchecked(ptr::from_ref(self).cast_mut().cast());
            Str(Value::object(tag::LONG, pointer))
        }
    }
}

/// [`long_hash`] for texts of 16 to 32 bytes, at compile time.
const fn constant_hash(text: &[u8]) -> u32 {
    let mut words = [0u64; 4];
    let mut index = 0;
    while index < text.len() {
        words[index / 8] |= (text[index] as u64) << (8 * (index % 8));
        index += 1;
    }
    let mut state = K0 ^ text.len() as u64;
    if text.len() < 16 {
        return fold(words[0] ^ state, words[1] ^ K1) as u32;
    }
    state = fold(words[0] ^ state, words[1] ^ K1);
    fold(words[2] ^ state, words[3] ^ K1) as u32
}

static NOT_ENOUGH_MEMORY: Constant<17> = Constant::new(b"not enough memory");
static ERROR_IN_HANDLER: Constant<23> = Constant::new(b"error in error handling");
static TIME_LIMIT_REACHED: Constant<18> = Constant::new(b"time limit reached");

impl Str<'_> {
    /// The message of running out of memory.
    pub(crate) const NOT_ENOUGH_MEMORY: Self = NOT_ENOUGH_MEMORY.to_str();
    /// The message of failing to handle an error.
    pub(crate) const ERROR_IN_HANDLER: Self = ERROR_IN_HANDLER.to_str();
    /// The message of a deadline that passed.
    pub(crate) const TIME_LIMIT_REACHED: Self = TIME_LIMIT_REACHED.to_str();
}

impl PartialEq for Str<'_> {
    fn eq(&self, other: &Self) -> bool {
        let same = self.0.word() == other.0.word() && self.0.bits() == other.0.bits();
        // Different words can only be equal text if both are long (V2).
        same || (self.0.tag() == tag::LONG
            && other.0.tag() == tag::LONG
            && self.as_bytes() == other.as_bytes())
    }
}

impl Eq for Str<'_> {}

impl core::fmt::Debug for Str<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(self.as_bytes()))
    }
}

impl core::fmt::Display for Str<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constant_strings_have_the_hash_that_tables_compute() {
        for text in [
            Str::NOT_ENOUGH_MEMORY,
            Str::ERROR_IN_HANDLER,
            Str::TIME_LIMIT_REACHED,
        ] {
            assert_eq!(text.hash(), long_hash(text.as_bytes()));
        }
    }
}
