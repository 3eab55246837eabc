//! The constants of the function being compiled.

use super::CompileError;
use super::function::Builder;
use crate::syntax::ast::Symbol;
use crate::value::{Constant, field_key};

/// How many of the newest constants are looked through for an equal number.
const SEARCH_MAX: usize = 64;

/// A constant that is a field name.
pub(super) enum Name {
    /// Short enough for a key operand: the constant's index and half of its hash.
    Key(u16, u16),
    /// Too long, or too far back in the list.
    Long(i32),
}

impl<'a> Builder<'a> {
    /// The index of a constant, which is added if it is not there yet.
    pub(super) fn constant(&mut self, constant: Constant<'a>) -> Result<i32, CompileError> {
        let skipped = self.arrays.constants.len().saturating_sub(SEARCH_MAX);
        let found = self
            .arrays
            .constants
            .iter()
            .skip(skipped)
            .position(|other| same(*other, constant));
        match found {
            Some(index) => Ok((skipped + index) as i32),
            None => self.add_constant(constant),
        }
    }

    fn add_constant(&mut self, constant: Constant<'a>) -> Result<i32, CompileError> {
        let index = self.arrays.constants.len();
        if index >= i32::MAX as usize / 2 {
            return Err(self.too_large("too many constants", self.line));
        }
        self.arrays.constants.push(constant)?;
        Ok(index as i32)
    }

    /// The index of a string constant. The symbol's note remembers it for this function.
    pub(super) fn string(&mut self, symbol: &'a Symbol<'a>) -> Result<i32, CompileError> {
        let stamp = u64::from(self.id) + 1;
        let note = symbol.note.get();
        if note >> 32 == stamp {
            return Ok(note as u32 as i32);
        }
        let index = self.add_constant(Constant::Str(symbol.text))?;
        symbol.note.set(stamp << 32 | index as u64);
        Ok(index)
    }

    /// A string constant as a field name.
    pub(super) fn name(&mut self, symbol: &'a Symbol<'a>) -> Result<Name, CompileError> {
        let index = self.string(symbol)?;
        Ok(match (u16::try_from(index), field_key(symbol.text)) {
            (Ok(index), Some((_, hash))) => Name::Key(index, hash as u16),
            _ => Name::Long(index),
        })
    }
}

fn same(left: Constant<'_>, right: Constant<'_>) -> bool {
    match (left, right) {
        // Floats by their bits: 0.0 and -0.0 are different constants, a NaN equals itself.
        (Constant::Float(left), Constant::Float(right)) => left.to_bits() == right.to_bits(),
        (Constant::Str(_), _) | (_, Constant::Str(_)) => false,
        _ => left == right,
    }
}
