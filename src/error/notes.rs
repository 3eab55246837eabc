//! Lists of short texts in one string: the contexts of an error, the messages of its causes.
#![forbid(unsafe_code)]
//!
//! A list is one string, so that it moves, escapes and is lost as a whole. It begins with a head
//! that makes it long enough to lie in memory, not in its handle; then come the texts, each after
//! its length as four bytes.

use core::fmt;

use crate::memory::AllocError;
use crate::value::{Store, Str};

/// Longer than a short string.
const HEAD: &[u8; 16] = b"lunette notes 1\n";

/// The texts of a list, first to last.
#[derive(Clone, Copy)]
pub struct Notes<'a> {
    rest: &'a [u8],
}

impl<'a> Notes<'a> {
    /// No texts.
    pub(super) const EMPTY: Self = Self { rest: &[] };

    /// The texts in `list`.
    pub(super) fn of(list: Option<Str<'a>>) -> Self {
        let bytes = list.and_then(Str::long_bytes);
        let rest = bytes.and_then(|bytes| bytes.strip_prefix(HEAD));
        rest.map_or(Self::EMPTY, |rest| Self { rest })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

impl<'a> Iterator for Notes<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (len, rest) = self.rest.split_first_chunk::<4>()?;
        let len = u32::from_le_bytes(*len) as usize;
        let (text, rest) = rest.split_at_checked(len)?;
        self.rest = rest;
        Some(text)
    }
}

impl fmt::Debug for Notes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.map(String::from_utf8_lossy))
            .finish()
    }
}

/// Builds a list of the texts that `each` hands over; it is asked twice, and must say the same.
///
/// # Errors
/// The region has no room for it.
pub(crate) fn build_notes<'r>(
    store: &Store<'r>,
    each: impl Fn(&mut dyn FnMut(&[u8])),
) -> Result<Str<'r>, AllocError> {
    let mut len = HEAD.len();
    each(&mut |text| len = len.saturating_add(4).saturating_add(text.len()));
    Str::build(store, len, |bytes| {
        let (head, mut rest) = bytes.split_at_mut(HEAD.len());
        head.copy_from_slice(HEAD);
        each(&mut |text| {
            let room = core::mem::take(&mut rest);
            let Some((here, after)) = room.split_at_mut_checked(4 + text.len()) else {
                return;
            };
            let (size, copy) = here.split_at_mut(4);
            size.copy_from_slice(&(text.len() as u32).to_le_bytes());
            copy.copy_from_slice(text);
            rest = after;
        });
    })
}
