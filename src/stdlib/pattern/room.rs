//! Room for captures and sets, made ready in as little time as a pattern allows.
#![forbid(unsafe_code)]

use super::super::pattern_item::{EMPTY_SLOT, KnownSet, SET_SLOTS, SetSlot};
use super::{CAPTURE_MAX, Capture};

/// The most captures that a small scratch has room for.
const SMALL_CAPTURES: usize = 4;
/// How many sets a small scratch remembers.
const SMALL_SETS: usize = 2;

/// Room for captures and sets, which the caller keeps from match to match.
#[derive(Clone, Debug)]
pub struct Scratch<const CAPTURES: usize = CAPTURE_MAX, const SETS: usize = SET_SLOTS> {
    pub(super) captures: [Capture; CAPTURES],
    pub(super) sets: [SetSlot; SETS],
}

/// Room that is ready in less time, for patterns that need [`Room::Small`].
pub type SmallScratch = Scratch<SMALL_CAPTURES, SMALL_SETS>;

/// Room for patterns without sets that need [`Room::Tiny`].
pub type TinyScratch = Scratch<SMALL_CAPTURES, 0>;

/// What scratch a pattern needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// Few captures, and no set.
    Tiny,
    /// Few captures, and few sets.
    Small,
    /// Any number of either.
    Full,
}

impl Room {
    /// What `pattern` needs, or a little more.
    #[inline]
    pub fn of(pattern: &[u8]) -> Self {
        let (mut captures, mut sets) = (0, 0);
        // Patterns are short: leaving the loop early keeps it a plain one.
        for &byte in pattern {
            if byte == b'(' {
                captures += 1;
                if captures > SMALL_CAPTURES {
                    return Self::Full;
                }
            } else if byte == b'[' {
                sets += 1;
                if sets > SMALL_SETS {
                    return Self::Full;
                }
            }
        }
        if sets == 0 { Self::Tiny } else { Self::Small }
    }
}

impl<const CAPTURES: usize, const SETS: usize> Scratch<CAPTURES, SETS> {
    const EMPTY: Self = Self {
        captures: [Capture { start: 0, end: 0 }; CAPTURES],
        sets: [EMPTY_SLOT; SETS],
    };

    /// Takes over a set that an earlier match knew ([`super::Matcher::known_set`]).
    #[inline]
    pub fn recall(mut self, set: KnownSet) -> Self {
        if let Some(slot) = self.sets.first_mut() {
            *slot = SetSlot::from(set);
        }
        self
    }
}

impl Scratch {
    /// Fresh room.
    pub const fn new() -> Self {
        Self::EMPTY
    }
}

impl SmallScratch {
    /// Fresh room.
    pub const fn small() -> Self {
        Self::EMPTY
    }
}

impl TinyScratch {
    /// Fresh room.
    pub const fn tiny() -> Self {
        Self::EMPTY
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}
