//! Opening the libraries: what an engine fills the region with that others begin from.
#![forbid(unsafe_code)]

use super::{Entry, LIBRARIES, Library, LibrarySet};
use crate::error::Error;
use crate::value::{FixedNative, Str, Table};
use crate::vm::State;

/// Puts a choice of libraries into empty regions.
#[derive(Debug)]
pub(crate) struct Opener {
    set: LibrarySet,
}

impl Opener {
    /// An opener of these libraries.
    pub(crate) fn new(set: LibrarySet) -> Self {
        Self { set }
    }

    fn chosen(&self) -> impl Iterator<Item = &'static Library> {
        let is_chosen = |entry: &&Entry| {
            self.set.contains(entry.needs)
                && (entry.unless == LibrarySet::NONE || !self.set.contains(entry.unless))
        };
        let chosen = LIBRARIES.iter().filter(is_chosen);
        chosen.map(|entry| entry.library)
    }

    /// Fills the globals with the libraries.
    ///
    /// # Errors
    /// The region has no room for them.
    pub(crate) fn open<'r>(&self, state: &State<'r>) -> Result<(), Error<'r>> {
        let store = &state.store;
        let globals = state.globals();
        let loaded = Table::empty(store)?;
        loaded.raw_set_str(store, Str::literal("_G"), globals.to_value())?;
        let name = Str::literal("_LOADED");
        state
            .registry()
            .raw_set_str(store, name, loaded.to_value())?;
        for library in self.chosen() {
            let mut table = globals;
            if !library.name.is_empty() {
                let field_count = library.functions.len() + library.constant_count;
                table = Table::new(store, 0, field_count)?;
                let name = state.str(library.name.as_bytes())?;
                loaded.raw_set_str(store, name, table.to_value())?;
                globals.raw_set_str(store, name, table.to_value())?;
            }
            add_functions(state, library.functions, table)?;
            if let Some(finish) = library.finish {
                finish(state, table)?;
            }
        }
        Ok(())
    }
}

/// Writes functions into `table` under their names.
pub(super) fn add_functions<'r>(
    state: &State<'r>,
    functions: &'static [FixedNative],
    table: Table<'r>,
) -> Result<(), Error<'r>> {
    for function in functions {
        let name = state.str(function.name().as_bytes())?;
        table.raw_set_str(&state.store, name, function.native().to_value())?;
    }
    Ok(())
}
