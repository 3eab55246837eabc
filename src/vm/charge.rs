//! What one instruction may cost beyond a step: looks at long strings, and long chains in tables.
#![forbid(unsafe_code)]
//!
//! The countdown is tested at back-edges and calls, and code without these may be long. So what a
//! script can make arbitrarily slow is charged for where it happens, and ends the run there.

use super::metamethod::{Event, lookup};
use super::state::State;
use crate::error::Error;
use crate::value::{Table, Thread, Value};

/// Bytes moved or read that count as a step.
const BYTES_PER_STEP: usize = 1024;
/// Links of a chain, or nodes, that count as a step.
const NODES_PER_STEP: usize = 16;
/// How many nodes may be looked at, in all, to find the border of a list: a few for each bit.
const BORDER_LOOKS: usize = 64;

impl<'r> State<'r> {
    /// Charges for moving `bytes` bytes.
    ///
    /// # Errors
    /// Fuel, deadline or cancel ends the run.
    #[inline]
    pub(crate) fn charge_bytes(&self, bytes: usize) -> Result<(), Error<'r>> {
        match bytes / BYTES_PER_STEP {
            0 => Ok(()),
            steps => self.charge(steps as u64),
        }
    }

    /// As [`State::charge_bytes`], where no error can be raised: it is noticed at the next step.
    pub(crate) fn charge_bytes_late(&self, bytes: usize) {
        self.charge_late((bytes / BYTES_PER_STEP) as u64);
    }

    /// Charges for reading all of `value`, if it is a string.
    ///
    /// # Errors
    /// Fuel, deadline or cancel ends the run.
    #[inline]
    pub(crate) fn charge_text(&self, value: Value<'r>) -> Result<(), Error<'r>> {
        match value.as_str() {
            Some(text) => self.charge_bytes(text.len()),
            None => Ok(()),
        }
    }

    /// Charges for comparing two values, if both are strings.
    ///
    /// # Errors
    /// As [`State::charge_text`].
    #[inline]
    pub(crate) fn charge_texts(&self, left: Value<'r>, right: Value<'r>) -> Result<(), Error<'r>> {
        match (left.as_str(), right.as_str()) {
            (Some(left), Some(right)) => self.charge_bytes(left.len().min(right.len())),
            _ => Ok(()),
        }
    }

    /// Charges for going over so many slots or nodes.
    ///
    /// # Errors
    /// As [`State::charge_text`].
    #[inline]
    pub(crate) fn charge_nodes(&self, count: usize) -> Result<(), Error<'r>> {
        match count / NODES_PER_STEP {
            0 => Ok(()),
            steps => self.charge(steps as u64),
        }
    }

    /// Charges for handing over so many results, and says how many: each function that a call
    /// returns through hands them over once more.
    ///
    /// # Errors
    /// As [`State::charge_text`].
    #[inline]
    pub(crate) fn charge_results(&self, count: usize) -> Result<usize, Error<'r>> {
        self.charge_nodes(count).map(|()| count)
    }

    /// Charges for going from the newest of `thread`'s calls to the one at `level`.
    ///
    /// # Errors
    /// As [`State::charge_text`].
    pub(crate) fn charge_levels(&self, thread: Thread<'r>, level: usize) -> Result<(), Error<'r>> {
        self.charge_nodes(level.min(thread.frame_count()))
    }

    /// Charges for reading a function's code up to `pc`, as it takes to find what a register is
    /// called. Messages are made where nothing can be raised, so what it costs is noticed late.
    pub(crate) fn charge_reading(&self, pc: usize) {
        if pc >= NODES_PER_STEP {
            self.charge_late((pc / NODES_PER_STEP) as u64);
        }
    }

    /// Charges for finding `key` in `table`.
    ///
    /// # Errors
    /// As [`State::charge_text`].
    #[inline]
    pub(crate) fn charge_lookup(&self, table: Table<'r>, key: Value<'r>) -> Result<(), Error<'r>> {
        self.charge_text(key)?;
        if table.object().is_flooded() {
            self.charge_nodes(table.chain_hops(key))?;
        }
        Ok(())
    }

    /// Charges for adding a key to `table`: if chains are long in it, as much as finding any
    /// metamethod in it will cost, now that it is not known any more which ones it lacks.
    ///
    /// # Errors
    /// As [`State::charge_text`].
    #[inline]
    pub(crate) fn charge_new_key(&self, table: Table<'r>) -> Result<(), Error<'r>> {
        if table.object().is_flooded() {
            self.charge_nodes(table.node_count())?;
        }
        Ok(())
    }

    /// Charges for finding the border of the list in `table`.
    ///
    /// # Errors
    /// As [`State::charge_text`].
    #[inline]
    pub(crate) fn charge_border(&self, table: Table<'r>) -> Result<(), Error<'r>> {
        if table.object().is_flooded() {
            return self.charge_nodes(table.node_count().saturating_mul(BORDER_LOOKS));
        }
        match table.near_len() {
            Some(_) => Ok(()),
            None => self.charge_nodes(BORDER_LOOKS),
        }
    }

    /// As [`lookup`], charging for it.
    ///
    /// # Errors
    /// As [`State::charge_text`].
    #[inline]
    pub(crate) fn charged_lookup(
        &self,
        metatable: Table<'r>,
        event: Event,
    ) -> Result<Value<'r>, Error<'r>> {
        if metatable.object().is_flooded() {
            self.charge_nodes(metatable.node_count())?;
        }
        Ok(lookup(metatable, event))
    }
}
