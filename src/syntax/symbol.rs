//! The table of symbols: one object per text.
#![forbid(unsafe_code)]

use core::cell::Cell;

use super::ast::Symbol;
use super::token::{KEYWORDS, TokenKind};
use crate::memory::{AllocError, Scratch, ScratchVec};

const SLOTS_MIN: usize = 256;

/// An open-addressed hash table that is never more than half full.
pub(super) struct Symbols<'a> {
    slots: ScratchVec<'a, Option<&'a Symbol<'a>>>,
    count: u32,
    /// Slots looked at in vain since somebody last reset it, so that texts made to collide are
    /// charged for.
    pub(super) wasted_probes: u32,
}

impl<'a> Symbols<'a> {
    /// A table that holds the reserved words.
    pub(super) fn new_in(scratch: &'a Scratch<'_>) -> Result<Self, AllocError> {
        let mut slots = ScratchVec::new_in(scratch);
        for _ in 0..SLOTS_MIN {
            slots.push(None)?;
        }
        let mut symbols = Self {
            slots,
            count: 0,
            wasted_probes: 0,
        };
        for keyword in KEYWORDS {
            symbols.insert(scratch, keyword.text().as_bytes(), keyword)?;
        }
        Ok(symbols)
    }

    /// The symbol of a text that lives as long as the tree.
    #[inline]
    pub(super) fn intern(
        &mut self,
        scratch: &'a Scratch<'_>,
        text: &'a [u8],
    ) -> Result<&'a Symbol<'a>, AllocError> {
        match self.find(text) {
            Some(symbol) => Ok(symbol),
            None => self.insert(scratch, text, TokenKind::Name),
        }
    }

    /// The symbol of a text that is copied if it is new.
    pub(super) fn intern_copy(
        &mut self,
        scratch: &'a Scratch<'_>,
        text: &[u8],
    ) -> Result<&'a Symbol<'a>, AllocError> {
        match self.find(text) {
            Some(symbol) => Ok(symbol),
            None => self.insert(scratch, scratch.copy_slice(text)?, TokenKind::Name),
        }
    }

    #[inline]
    fn find(&mut self, text: &[u8]) -> Option<&'a Symbol<'a>> {
        let hash = hash(text);
        let mask = self.slots.len() - 1;
        let mut index = hash as usize & mask;
        while let Some(&Some(symbol)) = self.slots.get(index) {
            if symbol.hash == hash && symbol.text == text {
                return Some(symbol);
            }
            self.wasted_probes = self.wasted_probes.wrapping_add(1);
            index = (index + 1) & mask;
        }
        None
    }

    #[inline(never)]
    fn insert(
        &mut self,
        scratch: &'a Scratch<'_>,
        text: &'a [u8],
        kind: TokenKind,
    ) -> Result<&'a Symbol<'a>, AllocError> {
        if 2 * (self.count as usize + 1) > self.slots.len() {
            self.grow(scratch)?;
        }
        let symbol = scratch.alloc_cell(Symbol {
            text,
            id: self.count,
            note: Cell::new(0),
            hash: hash(text),
            kind,
            binding: Cell::new(None),
            last_global: Cell::new(None),
        })?;
        Self::place(&mut self.slots, symbol);
        self.count += 1;
        Ok(symbol)
    }

    fn place(slots: &mut [Option<&'a Symbol<'a>>], symbol: &'a Symbol<'a>) {
        let mask = slots.len() - 1;
        let mut index = symbol.hash as usize & mask;
        // Half of the slots are free, so one is found.
        while let Some(slot) = slots.get_mut(index) {
            if slot.is_none() {
                *slot = Some(symbol);
                return;
            }
            index = (index + 1) & mask;
        }
    }

    fn grow(&mut self, scratch: &'a Scratch<'_>) -> Result<(), AllocError> {
        let mut slots = ScratchVec::new_in(scratch);
        for _ in 0..2 * self.slots.len() {
            slots.push(None)?;
        }
        for symbol in self.slots.iter().flatten() {
            Self::place(&mut slots, symbol);
        }
        self.slots = slots;
        Ok(())
    }
}

/// Eight bytes at `at` as a number; zero where the text is too short, which no caller asks for.
#[inline(always)]
fn word(text: &[u8], at: usize) -> u64 {
    match text.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        Some(&bytes) => u64::from_le_bytes(bytes),
        None => 0,
    }
}

#[inline(always)]
fn half_word(text: &[u8], at: usize) -> u64 {
    match text.get(at..).and_then(|rest| rest.first_chunk::<4>()) {
        Some(&bytes) => u64::from(u32::from_le_bytes(bytes)),
        None => 0,
    }
}

#[inline(always)]
fn fold(left: u64, right: u64) -> u64 {
    let product = u128::from(left).wrapping_mul(u128::from(right));
    product as u64 ^ (product >> 64) as u64
}

#[inline]
fn hash(text: &[u8]) -> u32 {
    const SALT: u64 = 0x2D35_8DCC_AA6C_78A5;
    const MULTIPLIER: u64 = 0x8BB8_4B93_962E_ACC9;
    let len = text.len();
    let mut state = SALT ^ len as u64;
    let (head, tail) = match len {
        0 => (0, 0),
        // First, middle and last byte cover up to three.
        1..=3 => {
            let byte = |at: usize| u64::from(text.get(at).copied().unwrap_or(0));
            (byte(0) << 16 | byte(len / 2) << 8 | byte(len - 1), 0)
        }
        4..=7 => (half_word(text, 0), half_word(text, len - 4)),
        _ => {
            let mut at = 8;
            while at + 8 < len {
                state = fold(state ^ word(text, at), MULTIPLIER);
                at += 8;
            }
            (word(text, 0), word(text, len - 8))
        }
    };
    let mixed = fold(head ^ state, tail ^ MULTIPLIER);
    (mixed ^ mixed >> 32) as u32
}
