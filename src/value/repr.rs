//! A Lua value: 16 bytes, a tag word and a payload word.
#![allow(unsafe_code)]
//!
//! ```text
//!   nil, booleans   word = tag                          payload = 0
//!   integer         word = tag                          payload = the integer
//!   float           word = tag                          payload = its bits
//!   short string    word = tag, length, 6 bytes of text payload = 8 bytes of text, zero-filled
//!   objects         word = tag                          payload = pointer to a `Header`
//! ```
//!
//! - **V1** A tag of an object kind comes with a pointer to a live object of that kind.
//! - **V2** A string of up to [`SHORT_MAX`] bytes is always short, any other always long: equal
//!   short strings are equal words.
//! - **V3** All bytes of both words are always initialised; zeroed memory is nil.
//!
//! Nothing else reads or writes a tag; the interpreter loop does so through this module's
//! constants.

use core::marker::PhantomData;
use core::ptr::{self, NonNull};

use super::function::{Closure, Native};
use super::header::Header;
use super::string::Str;
use super::table::Table;
use super::thread::Thread;
use super::userdata::UserData;
use crate::memory::Brand;
use crate::memory::Ref;

#[cfg(not(all(target_pointer_width = "64", target_endian = "little")))]
compile_error!("lunette's value layout needs a 64-bit little-endian machine");

/// The longest string that is kept inside a value, in bytes.
pub const SHORT_MAX: usize = 14;

/// The tags, in the low byte of a value's first word.
pub(crate) mod tag {
    pub(crate) const NIL: u64 = 0;
    pub(crate) const FALSE: u64 = 1;
    pub(crate) const TRUE: u64 = 2;
    pub(crate) const INT: u64 = 3;
    pub(crate) const FLOAT: u64 = 4;
    pub(crate) const SHORT: u64 = 5;
    // From here on the payload points to an object.
    pub(crate) const LONG: u64 = 6;
    pub(crate) const TABLE: u64 = 7;
    pub(crate) const CLOSURE: u64 = 8;
    pub(crate) const NATIVE: u64 = 9;
    pub(crate) const USERDATA: u64 = 10;
    pub(crate) const THREAD: u64 = 11;
}

/// A Lua value of the region `'r`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Value<'r> {
    word: u64,
    payload: *mut (),
    brand: Brand<'r>,
}

const _: () = assert!(size_of::<Value<'_>>() == 16);

/// A value taken apart by type.
#[derive(Clone, Copy)]
pub enum Unpacked<'r> {
    /// `nil`
    Nil,
    /// `true` or `false`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A string.
    Str(Str<'r>),
    /// A table.
    Table(Table<'r>),
    /// A function compiled from Lua.
    Closure(Closure<'r>),
    /// A function of the host.
    Native(Native<'r>),
    /// A host object.
    UserData(UserData<'r>),
    /// A coroutine.
    Thread(Thread<'r>),
}

impl<'r> Value<'r> {
    /// Copies a value word by word: one that was just written as two words and is read as one
    /// 16-byte vector would stall the processor's store forwarding.
    ///
    /// # Safety
    /// Both are aligned, `from` is initialised and `to` is writable.
    #[inline(always)]
    pub(crate) unsafe fn copy_words(to: *mut Self, from: *const Self) {
        // Volatile keeps the two words from being merged into one vector access.
        // SAFETY: the caller's promise.
        let word = unsafe { from.cast::<u64>().read_volatile() };
        // SAFETY: as above.
        let payload = unsafe { from.cast::<*mut ()>().add(1).read_volatile() };
        // SAFETY: as above.
        unsafe { to.cast::<u64>().write_volatile(word) };
        // SAFETY: as above.
        unsafe { to.cast::<*mut ()>().add(1).write_volatile(payload) };
    }

    /// The value `nil`.
    pub const NIL: Self = Self::from_words(tag::NIL, ptr::null_mut());

    #[inline(always)]
    const fn from_words(word: u64, payload: *mut ()) -> Self {
        Self {
            word,
            payload,
            brand: PhantomData,
        }
    }

    /// A boolean.
    #[inline(always)]
    pub const fn bool(value: bool) -> Self {
        Self::from_words(tag::FALSE + value as u64, ptr::null_mut())
    }

    /// An integer.
    #[inline(always)]
    pub const fn int(value: i64) -> Self {
        Self::from_words(tag::INT, ptr::without_provenance_mut(value as usize))
    }

    /// A float.
    #[inline(always)]
    pub const fn float(value: f64) -> Self {
        Self::from_words(
            tag::FLOAT,
            ptr::without_provenance_mut(value.to_bits() as usize),
        )
    }

    /// The short string `text`, or `None` when it is longer than [`SHORT_MAX`] bytes.
    #[inline]
    pub(crate) const fn short(text: &[u8]) -> Option<Self> {
        if text.len() > SHORT_MAX {
            return None;
        }
        let mut bytes = [0u8; 16];
        bytes[0] = tag::SHORT as u8;
        bytes[1] = text.len() as u8;
        let mut index = 0;
        while index < text.len() {
            bytes[2 + index] = text[index];
            index += 1;
        }
        let (low, high) = bytes.split_at(8);
        let (Some(low), Some(high)) = (low.first_chunk(), high.first_chunk()) else {
            return None;
        };
        let payload = u64::from_le_bytes(*high) as usize;
        Some(Self::from_words(
            u64::from_le_bytes(*low),
            ptr::without_provenance_mut(payload),
        ))
    }

    /// As [`Value::short`], for texts of any length that are known at run time only: they are read
    /// in words, since what was written byte by byte is slow to be read again.
    #[inline]
    pub(crate) fn short_text(text: &[u8]) -> Option<Self> {
        let len = text.len();
        let (low, high) = match (text.first_chunk(), text.last_chunk()) {
            (Some(first), Some(last)) if len <= SHORT_MAX => {
                // The second word has what follows the first six bytes.
                let last = u64::from_le_bytes(*last) >> (8 * (SHORT_MAX - len));
                (u64::from_le_bytes(*first) << 16, last)
            }
            (None, None) => {
                let text = short_word(text);
                (text << 16, text >> 48)
            }
            _ => return None,
        };
        let word = low | (len as u64) << 8 | tag::SHORT;
        let payload = ptr::without_provenance_mut(high as usize);
        Some(Self::from_words(word, payload))
    }

    /// The short string of the `len` bytes from the lowest of `text` on, at most [`SHORT_MAX`]; all
    /// other bytes are zero.
    #[inline]
    pub(super) fn short_bytes(text: u128, len: u64) -> Self {
        debug_assert!(len as usize <= SHORT_MAX && text >> (8 * len) == 0);
        let word = (text << 16) as u64 | len << 8 | tag::SHORT;
        Self::from_words(word, ptr::without_provenance_mut((text >> 48) as usize))
    }

    /// A value that points to an object.
    ///
    /// # Safety
    /// `tag` is the tag of the object's kind (V1).
    #[inline(always)]
    pub(crate) const unsafe fn object(tag: u64, pointer: NonNull<Header>) -> Self {
        Self::from_words(tag, pointer.as_ptr().cast())
    }

    /// The same value in the region of the code that reads it.
    ///
    /// # Safety
    /// What it points to lives as long as `'s` (a program's constant, or an object whose region is
    /// being branded anew).
    #[inline(always)]
    pub(crate) const unsafe fn rebrand<'s>(self) -> Value<'s> {
        Value::from_words(self.word, self.payload)
    }

    /// The first word.
    #[inline(always)]
    pub(crate) const fn word(self) -> u64 {
        self.word
    }

    /// The second word, as bits.
    #[inline(always)]
    pub(crate) fn bits(self) -> u64 {
        self.payload.addr() as u64
    }

    /// The second word of a short string, at compile time.
    pub(crate) const fn short_bits(self) -> u64 {
        debug_assert!(self.tag() == tag::SHORT);
        // A pointer without provenance is a number in disguise, which the lint cannot know.
        #[allow(ptr_to_integer_transmute_in_consts)]
        // SAFETY: the payload of a short string was made from a number, without provenance.
        unsafe {
            core::mem::transmute::<*mut (), u64>(self.payload)
        }
    }

    /// The tag.
    #[inline(always)]
    pub(crate) const fn tag(self) -> u64 {
        self.word & 0xFF
    }

    /// Whether this is `nil`.
    #[inline(always)]
    pub const fn is_nil(self) -> bool {
        self.word == tag::NIL
    }

    /// Whether a condition takes this as false: `nil` and `false`.
    #[inline(always)]
    pub const fn is_falsy(self) -> bool {
        self.word <= tag::FALSE
    }

    /// Whether this is an integer or a float.
    #[inline(always)]
    pub const fn is_number(self) -> bool {
        self.word == tag::INT || self.word == tag::FLOAT
    }

    /// Whether this is a string.
    #[inline(always)]
    pub const fn is_str(self) -> bool {
        let tag = self.tag();
        tag == tag::SHORT || tag == tag::LONG
    }

    /// Whether this is a function, of either sort.
    #[inline(always)]
    pub const fn is_function(self) -> bool {
        self.word == tag::CLOSURE || self.word == tag::NATIVE
    }

    /// Whether the payload points to an object of a heap.
    #[inline(always)]
    pub(crate) const fn is_object(self) -> bool {
        self.tag() >= tag::LONG
    }

    /// The boolean, if this is one.
    #[inline(always)]
    pub fn as_bool(self) -> Option<bool> {
        match self.word {
            tag::FALSE => Some(false),
            tag::TRUE => Some(true),
            _ => None,
        }
    }

    /// The integer, if this is one.
    #[inline(always)]
    pub fn as_int(self) -> Option<i64> {
        (self.word == tag::INT).then(|| self.bits() as i64)
    }

    /// The float, if this is one; integers are not converted.
    #[inline(always)]
    pub fn as_float(self) -> Option<f64> {
        (self.word == tag::FLOAT).then(|| f64::from_bits(self.bits()))
    }

    /// The string, if this is one.
    #[inline(always)]
    pub fn as_str(self) -> Option<Str<'r>> {
        self.is_str().then(|| Str::from_value(self))
    }

    /// The table, if this is one.
    #[inline(always)]
    pub fn as_table(self) -> Option<Table<'r>> {
        // SAFETY: V1.
        (self.word == tag::TABLE).then(|| Table(unsafe { self.as_ref() }))
    }

    /// The Lua function, if this is one.
    #[inline(always)]
    pub fn as_closure(self) -> Option<Closure<'r>> {
        // SAFETY: V1.
        (self.word == tag::CLOSURE).then(|| Closure(unsafe { self.as_ref() }))
    }

    /// The host function, if this is one.
    #[inline(always)]
    pub fn as_native(self) -> Option<Native<'r>> {
        // SAFETY: V1.
        (self.word == tag::NATIVE).then(|| Native(unsafe { self.as_ref() }))
    }

    /// The host object, if this is one.
    #[inline(always)]
    pub fn as_userdata(self) -> Option<UserData<'r>> {
        // SAFETY: V1.
        (self.word == tag::USERDATA).then(|| UserData(unsafe { self.as_ref() }))
    }

    /// The coroutine, if this is one.
    #[inline(always)]
    pub fn as_thread(self) -> Option<Thread<'r>> {
        // SAFETY: V1.
        (self.word == tag::THREAD).then(|| Thread(unsafe { self.as_ref() }))
    }

    /// The payload as a handle.
    ///
    /// # Safety
    /// The tag is that of `T`'s kind.
    #[inline(always)]
    pub(crate) const unsafe fn as_ref<T>(self) -> Ref<'r, T> {
        // SAFETY: V1, and the caller names the type that belongs to the tag.
        unsafe { Ref::from_raw(NonNull::new_unchecked(self.payload.cast())) }
    }

    /// The header of the object that this points to.
    pub(crate) fn header(self) -> Option<&'r Header> {
        // SAFETY: V1 and O1.
        self.is_object()
            .then(|| unsafe { self.as_ref::<Header>() }.get())
    }

    /// The value taken apart by type.
    #[inline]
    pub fn unpack(self) -> Unpacked<'r> {
        // SAFETY: V1 in every arm below.
        unsafe {
            match self.tag() {
                tag::NIL => Unpacked::Nil,
                tag::FALSE => Unpacked::Bool(false),
                tag::TRUE => Unpacked::Bool(true),
                tag::INT => Unpacked::Int(self.bits() as i64),
                tag::FLOAT => Unpacked::Float(f64::from_bits(self.bits())),
                tag::TABLE => Unpacked::Table(Table(self.as_ref())),
                tag::CLOSURE => Unpacked::Closure(Closure(self.as_ref())),
                tag::NATIVE => Unpacked::Native(Native(self.as_ref())),
                tag::USERDATA => Unpacked::UserData(UserData(self.as_ref())),
                tag::THREAD => Unpacked::Thread(Thread(self.as_ref())),
                _ => Unpacked::Str(Str::from_value(self)),
            }
        }
    }

    /// Lua's name of the value's basic type.
    pub fn type_name(self) -> &'static str {
        match self.tag() {
            tag::NIL => "nil",
            tag::FALSE | tag::TRUE => "boolean",
            tag::INT | tag::FLOAT => "number",
            tag::SHORT | tag::LONG => "string",
            tag::TABLE => "table",
            tag::CLOSURE | tag::NATIVE => "function",
            tag::USERDATA => "userdata",
            _ => "thread",
        }
    }

    /// Equality without metamethods: by value for numbers and strings, else by identity.
    #[inline]
    pub fn raw_equal(self, other: Self) -> bool {
        if self.word == other.word && self.payload.addr() == other.payload.addr() {
            // The same words are the same value, but for NaN.
            return self.word != tag::FLOAT || !f64::from_bits(self.bits()).is_nan();
        }
        self.raw_equal_slow(other)
    }

    /// Whether both are the same two words: for functions, the same function.
    #[inline(always)]
    pub(crate) fn is_same(self, other: Self) -> bool {
        self.word == other.word && self.payload.addr() == other.payload.addr()
    }

    #[inline(never)]
    fn raw_equal_slow(self, other: Self) -> bool {
        match (self.word, other.word) {
            (tag::INT, tag::FLOAT) => int_equals_float(self.bits() as i64, other.bits()),
            (tag::FLOAT, tag::INT) => int_equals_float(other.bits() as i64, self.bits()),
            (tag::FLOAT, tag::FLOAT) => f64::from_bits(self.bits()) == f64::from_bits(other.bits()),
            (tag::LONG, tag::LONG) => Str::from_value(self) == Str::from_value(other),
            _ => false,
        }
    }
}

/// The bytes of `text`, of which there are fewer than eight, as a number.
#[inline]
fn short_word(text: &[u8]) -> u64 {
    let len = text.len();
    if let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) {
        // The two overlap unless there are all of eight bytes.
        let last = u64::from(u32::from_le_bytes(*last));
        return u64::from(u32::from_le_bytes(*first)) | last << (8 * (len - 4));
    }
    match *text {
        [first] => first.into(),
        [first, second] => u16::from_le_bytes([first, second]).into(),
        [first, second, third] => u32::from_le_bytes([first, second, third, 0]).into(),
        _ => 0,
    }
}

/// Exact comparison: the float equals the integer only if it is that whole number.
fn int_equals_float(int: i64, float_bits: u64) -> bool {
    let float = f64::from_bits(float_bits);
    // 2^63 itself is out of range; every other float in range converts exactly if it is whole.
    (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&float)
        && float as i64 == int
        && float.trunc() == float
}

impl Default for Value<'_> {
    fn default() -> Self {
        Self::NIL
    }
}

impl core::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.unpack() {
            Unpacked::Nil => f.write_str("nil"),
            Unpacked::Bool(value) => write!(f, "{value}"),
            Unpacked::Int(value) => write!(f, "{value}"),
            Unpacked::Float(value) => write!(f, "{value:?}"),
            Unpacked::Str(value) => write!(f, "{:?}", String::from_utf8_lossy(value.as_bytes())),
            _ => {
                let serial = self.header().map_or(0, Header::serial);
                write!(f, "{}#{serial}", self.type_name())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_are_the_same_however_they_are_read() {
        let text = b"\x01abcdefgh\xFFjk\0m...";
        for start in 0..3 {
            for len in 0..=SHORT_MAX + 1 {
                let text = &text[start..start + len];
                let words = |value: Value<'_>| (value.word(), value.bits());
                assert_eq!(
                    Value::short_text(text).map(words),
                    Value::short(text).map(words),
                    "{len} bytes from {start}"
                );
            }
        }
    }
}
