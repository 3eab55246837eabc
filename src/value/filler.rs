//! Text in the making: strings that are put together from pieces, without looking at a byte twice.
#![allow(unsafe_code)]
//!
//! - **TF1** A filler writes its text from the start to the end, each byte once; what nobody wrote
//!   is zero in the end. It never writes beyond the text, whatever it is given.
//! - **TF2** A piece of a few bytes is copied in words, since most are that small: a short string
//!   in one, with what follows it written over by the next piece.

use core::marker::PhantomData;
use core::ptr;

use super::repr::{SHORT_MAX, Value, tag};
use super::store::Store;
use super::string::Str;
use crate::memory::AllocError;

/// The text of a string that is being made.
pub(crate) struct Filler<'t> {
    at: *mut u8,
    left: usize,
    text: PhantomData<&'t mut [u8]>,
}

impl Filler<'_> {
    /// A filler of the `len` bytes at `start`.
    ///
    /// # Safety
    /// The bytes are there to be written, and nobody else's.
    #[inline]
    pub(super) unsafe fn new(start: *mut u8, len: usize) -> Self {
        Self {
            at: start,
            left: len,
            text: PhantomData,
        }
    }

    /// Writes the text of `part`, or as much of it as there is room for.
    #[inline(always)]
    pub(crate) fn push(&mut self, part: Str<'_>) {
        let value = part.to_value();
        if value.tag() == tag::SHORT && self.left >= size_of::<u128>() {
            let len = part.len();
            // SAFETY: there is room for 16 bytes, of which the text is the first `len`.
            unsafe {
                self.at.cast::<u128>().write_unaligned(short_bytes(value));
                self.at = self.at.add(len);
            }
            self.left -= len;
        } else {
            self.push_bytes(part.as_bytes());
        }
    }

    /// As [`Filler::push`], for bytes that are no string.
    #[inline]
    pub(crate) fn push_bytes(&mut self, bytes: &[u8]) {
        let len = bytes.len().min(self.left);
        debug_assert_eq!(len, bytes.len());
        // SAFETY: `len` bytes are there to be read, and as many are left to be written.
        unsafe {
            copy_text(bytes.as_ptr(), self.at, len);
            self.at = self.at.add(len);
        }
        self.left -= len;
    }

    /// Ends the text (TF1).
    #[inline]
    pub(super) fn finish(self) {
        if self.left > 0 {
            // SAFETY: what is left is there to be written.
            unsafe { ptr::write_bytes(self.at, 0, self.left) };
        }
    }
}

/// The text of a short string, from the lowest byte on; zeros follow it.
#[inline(always)]
fn short_bytes(value: Value<'_>) -> u128 {
    debug_assert_eq!(value.tag(), tag::SHORT);
    u128::from(value.word() >> 16) | u128::from(value.short_bits()) << 48
}

/// Copies `len` bytes, a few of them without a call.
///
/// # Safety
/// `len` bytes at `from` may be read, and `len` bytes at `to` written; they do not overlap.
#[inline(always)]
unsafe fn copy_text(from: *const u8, to: *mut u8, len: usize) {
    // SAFETY: the words lie within the `len` bytes; they overlap where they have to.
    unsafe {
        match len {
            0 => {}
            1..4 => {
                let (middle, last) = (len / 2, len - 1);
                let bytes = (from.read(), from.add(middle).read(), from.add(last).read());
                to.write(bytes.0);
                to.add(middle).write(bytes.1);
                to.add(last).write(bytes.2);
            }
            4..8 => copy_ends::<u32>(from, to, len),
            8..16 => copy_ends::<u64>(from, to, len),
            16..33 => copy_ends::<u128>(from, to, len),
            _ => ptr::copy_nonoverlapping(from, to, len),
        }
    }
}

/// Copies the first and the last `W` of `len` bytes, which are all of them.
///
/// # Safety
/// As for [`copy_text`]; `len` is from the size of `W` to twice that.
#[inline(always)]
unsafe fn copy_ends<W: Copy>(from: *const u8, to: *mut u8, len: usize) {
    let last = len - size_of::<W>();
    // SAFETY: both words lie within the bytes.
    unsafe {
        let first_word = from.cast::<W>().read_unaligned();
        let last_word = from.add(last).cast::<W>().read_unaligned();
        to.cast::<W>().write_unaligned(first_word);
        to.add(last).cast::<W>().write_unaligned(last_word);
    }
}

impl<'r> Str<'r> {
    /// Makes a string of `len` bytes, which `fill` writes.
    ///
    /// # Errors
    /// The region has no room for it.
    #[inline]
    pub(crate) fn fill(
        store: &Store<'r>,
        len: usize,
        fill: impl FnOnce(&mut Filler<'_>),
    ) -> Result<Self, AllocError> {
        if len <= SHORT_MAX {
            let mut text = [0; SHORT_MAX];
            // SAFETY: the array has room for `len` bytes.
            let mut filler = unsafe { Filler::new(text.as_mut_ptr(), len) };
            fill(&mut filler);
            filler.finish();
            return Self::new(store, &text[..len]);
        }
        // SAFETY: the filler writes all `len` bytes (TF1).
        unsafe {
            Self::make_long(store, len, |start| {
                let mut filler = Filler::new(start, len);
                fill(&mut filler);
                filler.finish();
            })
        }
    }

    /// Joins short strings whose texts are at most [`SHORT_MAX`] bytes together.
    #[inline]
    pub(crate) fn join_short(parts: &[Value<'r>]) -> Value<'r> {
        let (mut text, mut len) = (0u128, 0u64);
        for part in parts {
            text |= short_bytes(*part) << (8 * len);
            len += part.word() >> 8 & 0xFF;
        }
        debug_assert!(len as usize <= SHORT_MAX);
        Value::short_bytes(text, len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_every_length_are_copied_whole() {
        let text: Vec<u8> = (1..=80).collect();
        for len in 0..text.len() {
            let mut to = [0u8; 96];
            // SAFETY: both have room for `len` bytes.
            unsafe { copy_text(text.as_ptr(), to.as_mut_ptr(), len) };
            assert_eq!(to[..len], text[..len]);
            assert!(to[len..].iter().all(|byte| *byte == 0), "{len}");
        }
    }

    #[test]
    fn short_pieces_do_not_write_beyond_the_text() {
        for room in 0..40 {
            let mut to = [0xFFu8; 64];
            // SAFETY: there is room for that many.
            let mut filler = unsafe { Filler::new(to.as_mut_ptr(), room) };
            let mut expected = Vec::new();
            for part in ["abc", "", "defghijklmnopq", "r", "stuvw"] {
                if expected.len() + part.len() > room {
                    continue;
                }
                filler.push(Str::literal(part));
                expected.extend_from_slice(part.as_bytes());
            }
            filler.finish();
            expected.resize(room, 0);
            assert_eq!(to[..room], expected);
            assert!(to[room..].iter().all(|byte| *byte == 0xFF), "{room}");
        }
    }

    #[test]
    fn short_strings_join_to_short_strings() {
        for (left, right) in [
            ("", ""),
            ("a", ""),
            ("", "b"),
            ("abcdef", "gh"),
            ("x", "0123456789abc"),
        ] {
            let parts = [left, right].map(|part| Str::literal(part).to_value());
            let joined = Str::join_short(&parts);
            let expected = Value::short([left, right].concat().as_bytes());
            let words = |value: Value<'_>| (value.word(), value.short_bits());
            assert_eq!(Some(words(joined)), expected.map(words), "{left} {right}");
        }
    }
}
