//! Finalizers: `__gc` metamethods, and the warnings that their errors become.
#![forbid(unsafe_code)]
//!
//! - **FR1** A finalizer runs on the Rust stack: it cannot yield, nothing is evacuated meanwhile
//!   (but while the execution ends), and `collectgarbage` does nothing in it.
//! - **FR2** An object is taken off the list before its finalizer runs, so each runs once for each
//!   time that its object is marked.

use super::call::IS_HIDDEN;
use super::metamethod::{Event, lookup};
use super::state::State;
use crate::error::{Error, ErrorKind};
use crate::value::{Table, Value};

/// A flag of frames, beside those of `call.rs`: the hidden entry is a finalizer's.
pub(super) const IS_FINALIZER: u8 = 128;

impl<'r> State<'r> {
    /// Marks `object` for finalization if the metatable that it was just given asks for that.
    ///
    /// # Errors
    /// The region has no room to note it.
    pub(crate) fn note_finalizer(
        &self,
        object: Value<'r>,
        metatable: Option<Table<'r>>,
    ) -> Result<(), Error<'r>> {
        match metatable {
            Some(metatable) if !lookup(metatable, Event::Gc).is_nil() => {
                Ok(self.store.finalizers.mark(&self.store, object)?)
            }
            _ => Ok(()),
        }
    }

    /// Runs the finalizers that are due now. Between two of them everything may move; what becomes
    /// due by that waits for the next safepoint, so that finalizers which make others of their kind
    /// do not keep the script from going on.
    ///
    /// # Errors
    /// A finalizer ended with an error that is not to be caught.
    pub(crate) fn run_finalizers(&self) -> Result<(), Error<'r>> {
        if !self.store.finalizers.is_due() || self.is_finalizing.get() {
            return Ok(());
        }
        for _ in 0..self.store.finalizers.due().1 {
            let Some(object) = self.store.finalizers.take_due() else {
                break;
            };
            self.finalize(object)?;
            if self.store.heap.is_over_threshold() && !self.collector.get().is_stopped {
                self.evacuate_now();
            }
        }
        Ok(())
    }

    /// Runs the finalizers that are left, newest mark first, for an execution that ended with
    /// `error`, or well; true if there were any. Nobody outside holds a value any more.
    pub(crate) fn finish(&self, error: Option<ErrorKind>) -> bool {
        if error == Some(ErrorKind::Exit) && !self.exit_closes.get() {
            return false;
        }
        self.store.finalizers.close();
        let was_any = self.store.finalizers.is_due();
        if was_any {
            self.set_evacuating(true);
            // Nothing is marked any more, so no others become due.
            // What ends a finalizer that must not be caught ends the others too, but for a request
            // to end well, which is under way.
            while let Err(error) = self.run_finalizers()
                && error.kind() == ErrorKind::Exit
                && self.exit_closes.get()
            {}
            self.set_evacuating(false);
        }
        was_any
    }

    fn finalize(&self, object: Value<'r>) -> Result<(), Error<'r>> {
        let handler = self.metamethod(object, Event::Gc);
        if handler.is_nil() {
            return Ok(());
        }
        let can_call = handler.is_function() || !self.metamethod(handler, Event::Call).is_nil();
        if !can_call {
            let name = self.type_name_of(handler);
            self.warn(&[
                b"error in __gc (attempt to call a ",
                name.as_bytes(),
                b" value (metamethod '__gc'))",
            ]);
            return Ok(());
        }
        let was_finalizing = self.is_finalizing.replace(true);
        // No host function is at work in whose name the finalizer would be called.
        let native_slot = self.native_slot.replace(u32::MAX);
        let result = self.call_finalizer(handler, object);
        self.native_slot.set(native_slot);
        self.is_finalizing.set(was_finalizing);
        match result {
            Err(error) if error.kind().is_catchable() => {
                let value = error.value();
                let text = value.as_str();
                let text = text.as_ref().map(|text| text.as_bytes());
                let text = text.unwrap_or(b"error object is not a string");
                self.warn(&[b"error in __gc (", text, b")"]);
                Ok(())
            }
            Err(error) => Err(error),
            Ok(_) => Ok(()),
        }
    }

    fn call_finalizer(&self, handler: Value<'r>, object: Value<'r>) -> Result<usize, Error<'r>> {
        let slot = self.free_slot();
        let thread = self.thread();
        thread
            .ensure(&self.store, slot + 3)
            .map_err(|error| self.stack_error(error))?;
        thread.set(slot, handler);
        thread.set(slot + 1, object);
        let flags = IS_HIDDEN | IS_FINALIZER;
        let was_hook = self.hooks.is_running.replace(true);
        let result = self.run_above(slot, 1, core::ptr::null_mut(), flags);
        self.hooks.is_running.set(was_hook);
        result
    }

    /// Writes a warning, if warnings are on.
    pub(crate) fn warn(&self, parts: &[&[u8]]) {
        for (index, part) in parts.iter().enumerate() {
            self.warn_part(part, index == 0);
        }
        self.warn_end();
    }

    /// Writes a part of a warning, if warnings are on.
    pub(crate) fn warn_part(&self, part: &[u8], is_first: bool) {
        if self.warnings.get() {
            // A warning that cannot be written is lost; there is nobody left to tell.
            if is_first {
                let _ = self.streams.write_err(b"Lua warning: ");
            }
            let _ = self.streams.write_err(part);
        }
    }

    /// Ends a warning, if warnings are on.
    pub(crate) fn warn_end(&self) {
        if self.warnings.get() {
            // As above.
            let _ = self.streams.write_err(b"\n");
        }
    }
}
