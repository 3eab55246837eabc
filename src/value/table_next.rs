//! Traversal of tables: array slots come first, then nodes.
#![allow(unsafe_code)]

use super::repr::{Value, tag};
use super::table::Table;
use super::table_hash;

/// How many empty slots and nodes a quick way goes over: more are charged for.
pub(crate) const SKIPPED_MAX: usize = 1 << 10;

impl<'r> Table<'r> {
    /// The entry after `key` in traversal order, the first one after nil; `None` at the end.
    ///
    /// # Errors
    /// The key is in neither part.
    pub(crate) fn next(self, key: Value<'r>) -> Result<Option<(Value<'r>, Value<'r>)>, UnknownKey> {
        let start = self.position_of_next(key)?;
        Ok(self.entry_from(start).map(|(_, key, value)| (key, value)))
    }

    /// The traversal position just after `key`, where its search for the next entry begins.
    ///
    /// # Errors
    /// The key is in neither part.
    pub(crate) fn position_of_next(self, key: Value<'r>) -> Result<usize, UnknownKey> {
        if key.is_nil() {
            return Ok(0);
        }
        self.position_after(key)
    }

    /// The position that is after all entries.
    pub(crate) fn last_position(self) -> usize {
        self.object().array_cap.get() as usize + self.node_count()
    }

    /// As [`Table::next`], with the position just after `key` if it is known: a wrong one is found
    /// out. Returns the position just after the entry as well.
    ///
    /// # Errors
    /// The key is in neither part.
    #[inline]
    pub(crate) fn next_at(
        self,
        key: Value<'r>,
        hint: usize,
    ) -> Result<Option<(usize, Value<'r>, Value<'r>)>, UnknownKey> {
        let start = if key.is_nil() {
            0
        } else if self.is_position_after(key, hint) {
            hint
        } else {
            self.position_after(key)?
        };
        Ok(self.entry_from(start))
    }

    /// As [`Table::next_at`], where the next entry is not far, or there is none soon.
    #[inline]
    pub(crate) fn near_entry(self, key: Value<'r>, hint: usize) -> Near<'r> {
        let start = if !key.is_nil() && self.is_position_after(key, hint) {
            hint
        } else {
            match self.position_of_next(key) {
                Ok(start) => start,
                Err(UnknownKey) => return Near::Unknown,
            }
        };
        if self.last_position().saturating_sub(start) <= SKIPPED_MAX {
            return match self.entry_from(start) {
                Some((position, key, value)) => Near::Entry(position, key, value),
                None => Near::End,
            };
        }
        let array_len = self.object().array_len.get() as usize;
        let array_cap = self.object().array_cap.get() as usize;
        for position in start..start + SKIPPED_MAX {
            let (key, value) = if position < array_len {
                // SAFETY: below `array_len` (A1).
                let value = unsafe { self.object().array.get().add(position).read() };
                (Value::int(position as i64 + 1), value)
            } else if position < array_cap {
                continue;
            } else {
                // As many positions are left.
                self.node_at(position - array_cap)
            };
            if !value.is_nil() {
                return Near::Entry(position + 1, key, value);
            }
        }
        Near::Unknown
    }

    /// Whether the entry just before traversal position `position` has the key `key`.
    #[inline]
    fn is_position_after(self, key: Value<'r>, position: usize) -> bool {
        let array_cap = self.object().array_cap.get() as usize;
        if position == 0 {
            return false;
        }
        if position <= array_cap {
            return key.word() == tag::INT && key.bits() == position as u64;
        }
        self.node_key(position - array_cap - 1)
            .is_some_and(|other| other.word() == key.word() && other.bits() == key.bits())
    }

    /// The first entry at or after traversal position `start`, and the position just after it.
    #[inline]
    pub(crate) fn entry_from(self, start: usize) -> Option<(usize, Value<'r>, Value<'r>)> {
        let object = self.object();
        let array_len = object.array_len.get() as usize;
        let array_cap = object.array_cap.get() as usize;
        for index in start..array_len {
            // SAFETY: below `array_len` (A1).
            let value = unsafe { object.array.get().add(index).read() };
            if !value.is_nil() {
                return Some((index + 1, Value::int(index as i64 + 1), value));
            }
        }
        let (node, key, value) = self.next_node(start.saturating_sub(array_cap))?;
        Some((array_cap + node + 1, key, value))
    }

    /// The traversal position just after `key`: array slots come first, then nodes.
    fn position_after(self, key: Value<'r>) -> Result<usize, UnknownKey> {
        let array_cap = self.object().array_cap.get() as usize;
        let key = table_hash::normalize(key).ok_or(UnknownKey)?;
        if let Some(index) = key.as_int()
            && (index as u64).wrapping_sub(1) < array_cap as u64
        {
            return Ok(index as usize);
        }
        let node = self.find_node(key).ok_or(UnknownKey)?;
        Ok(array_cap + node + 1)
    }
}

/// What is near in a traversal.
pub(crate) enum Near<'r> {
    /// The next entry's key and value, and the position just after it.
    Entry(usize, Value<'r>, Value<'r>),
    /// There is no other.
    End,
    /// Nothing soon, or no such key.
    Unknown,
}

/// A traversal was asked to go on from a key that the table does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnknownKey;
