//! The long texts of a program while it is built: each is one object, however many functions name
//! it, so that tables find most long names by their address.
#![forbid(unsafe_code)]
//!
//! - **TX1** Texts are known by where their bytes are. What is compiled has equal texts in one
//!   place, and its bytes stay there until it is built.

use core::cell::RefCell;

use super::proto::{ProtoMemory, fixed_str};
use super::repr::Value;
use crate::memory::{AllocError, Scratch, ScratchVec};

/// Slots of the first table of texts.
const SLOTS_MIN: usize = 16;
/// Slots that are looked at for a text: addresses that collide are not worth more. A text that
/// finds no slot becomes an object each time.
const PROBES_MAX: usize = 16;

/// A text that was made into an object.
#[derive(Clone, Copy)]
struct Known {
    address: usize,
    len: usize,
    value: Value<'static>,
}

/// The memory that a program is built in, and which texts are there.
pub(crate) struct Texts<'a> {
    pub(super) memory: &'a dyn ProtoMemory,
    known: RefCell<Slots<'a>>,
}

/// An open-addressed table that is never more than half full.
struct Slots<'a> {
    scratch: &'a Scratch<'a>,
    slots: ScratchVec<'a, Option<Known>>,
    count: usize,
}

impl<'a> Texts<'a> {
    /// For a program that is to be built in `memory`.
    pub(crate) fn new_in(scratch: &'a Scratch<'a>, memory: &'a dyn ProtoMemory) -> Self {
        Self {
            memory,
            known: RefCell::new(Slots {
                scratch,
                slots: ScratchVec::new_in(scratch),
                count: 0,
            }),
        }
    }

    /// The constant for `text`: short ones need no memory, of long ones there is one object.
    ///
    /// # Errors
    /// There is no room.
    pub(super) fn value(&self, text: &[u8]) -> Result<Value<'static>, AllocError> {
        if let Some(value) = Value::short(text) {
            return Ok(value);
        }
        self.known.borrow_mut().value(text, self.memory)
    }
}

impl<'a> Slots<'a> {
    fn value(
        &mut self,
        text: &[u8],
        memory: &dyn ProtoMemory,
    ) -> Result<Value<'static>, AllocError> {
        if 2 * self.count >= self.slots.len() {
            self.grow()?;
        }
        let (address, len) = (text.as_ptr().addr(), text.len());
        let slot = self.slot(address, len);
        if let Some(Some(known)) = slot.and_then(|slot| self.slots.get(slot)) {
            return Ok(known.value);
        }
        let value = fixed_str(memory, text)?;
        if let Some(slot) = slot {
            self.slots[slot] = Some(Known {
                address,
                len,
                value,
            });
            self.count += 1;
        }
        Ok(value)
    }

    /// Where the text is, or would be put.
    fn slot(&self, address: usize, len: usize) -> Option<usize> {
        let mask = self.slots.len() - 1;
        // Fibonacci hashing (Knuth, TAOCP volume 3, 6.4): the upper half depends on all bits.
        let key = (address as u64).wrapping_add((len as u64) << 48);
        let hash = key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        (0..PROBES_MAX)
            .map(|step| (hash as usize + step) & mask)
            .find(|slot| match self.slots[*slot] {
                Some(known) => known.address == address && known.len == len,
                None => true,
            })
    }

    fn grow(&mut self) -> Result<(), AllocError> {
        let mut slots = ScratchVec::new_in(self.scratch);
        for _ in 0..(2 * self.slots.len()).max(SLOTS_MIN) {
            slots.push(None)?;
        }
        let old = core::mem::replace(&mut self.slots, slots);
        self.count = 0;
        for known in old.iter().flatten() {
            if let Some(slot) = self.slot(known.address, known.len) {
                self.slots[slot] = Some(*known);
                self.count += 1;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::ProgramMemory;
    use super::*;

    #[test]
    fn each_long_text_is_one_object() {
        let numbers = if cfg!(miri) { 1000 } else { 20_000_u32 };
        let bytes: Vec<u8> = (0..numbers).flat_map(u32::to_le_bytes).collect();
        Scratch::with_budget(usize::MAX, |scratch| {
            let memory = ProgramMemory::new();
            let texts = Texts::new_in(scratch, &memory);
            let all = || {
                bytes
                    .windows(100)
                    .step_by(61)
                    .chain(bytes.windows(101).step_by(61))
            };
            let objects = |text| texts.value(text).expect("there is room");
            let first: Vec<_> = all().map(objects).collect();
            assert!(first.len() > if cfg!(miri) { 100 } else { 2000 });
            let mut again = 0;
            for (text, first) in all().zip(&first) {
                let value = objects(text);
                assert_eq!(
                    value.as_str().map(|text| text.as_bytes().to_vec()),
                    Some(text.to_vec())
                );
                again += usize::from(value.bits() == first.bits());
            }
            // Few collide so often that they are given up.
            assert!(
                again * 100 >= first.len() * if cfg!(miri) { 90 } else { 98 },
                "{again} of {}",
                first.len()
            );
            let short = texts.value(b"short").expect("it needs no room");
            assert_eq!(Some(short.bits()), Value::short(b"short").map(Value::bits));
        });
    }

    #[test]
    fn a_text_without_room_is_an_error() {
        Scratch::with_budget(64, |scratch| {
            let memory = ProgramMemory::new();
            let texts = Texts::new_in(scratch, &memory);
            assert!(texts.value(b"longer than fourteen bytes").is_err());
        });
    }
}
