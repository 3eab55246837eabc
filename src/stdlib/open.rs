//! Opening the libraries: what every region begins with.
//!
//! The first region of an engine fills its tables function by function, and images of them are
//! kept; the regions after it copy the images. What differs from region to region, such as a table
//! inside a table, is written over the `true` that keeps its place in the image.
#![forbid(unsafe_code)]

use std::sync::OnceLock;

use super::{LIBRARIES, Library, LibrarySet};
use crate::error::Error;
use crate::value::{FixedNative, Str, Table, TableImage, Value};
use crate::vm::State;

/// Puts a choice of libraries into fresh regions.
#[derive(Debug)]
pub(crate) struct Opener {
    set: LibrarySet,
    globals: OnceLock<TableImage>,
    loaded: OnceLock<TableImage>,
    /// Of the table of each library.
    libraries: [OnceLock<TableImage>; LIBRARIES.len()],
}

impl Default for Opener {
    fn default() -> Self {
        Self::new(LibrarySet::default())
    }
}

impl Library {
    fn is_global(&self) -> bool {
        self.name.is_empty()
    }

    fn field_count(&self) -> usize {
        self.functions.len() + self.constant_count
    }
}

impl Opener {
    /// An opener of these libraries.
    pub(crate) fn new(set: LibrarySet) -> Self {
        Self {
            set,
            globals: OnceLock::new(),
            loaded: OnceLock::new(),
            libraries: [const { OnceLock::new() }; LIBRARIES.len()],
        }
    }

    fn chosen(&self) -> impl Iterator<Item = (&'static Library, &OnceLock<TableImage>)> {
        let all = LIBRARIES.iter().zip(&self.libraries);
        let chosen = all.filter(|((bit, _), _)| self.set.contains(*bit));
        chosen.map(|((_, library), image)| (*library, image))
    }

    /// Fills the globals with the libraries.
    ///
    /// # Errors
    /// The region has no room for them.
    pub(crate) fn open<'r>(&self, state: &State<'r>) -> Result<(), Error<'r>> {
        let store = &state.store;
        let globals = state.globals();
        let loaded = Table::empty(store)?;
        self.fill_globals(state)?;
        fill(
            state,
            &self.loaded,
            loaded,
            self.chosen().count() + 1,
            |loaded| {
                keep_place(state, loaded, "_G")?;
                self.keep_places(state, loaded)
            },
        )?;
        for (library, image) in self.chosen() {
            let mut table = globals;
            if !library.is_global() {
                table = Table::empty(store)?;
                fill(state, image, table, library.field_count(), |table| {
                    add_functions(state, library.functions, table)
                })?;
                let name = state.str(library.name.as_bytes())?;
                loaded.raw_set_str(store, name, table.to_value())?;
                globals.raw_set_str(store, name, table.to_value())?;
            }
            if let Some(finish) = library.finish {
                finish(state, table)?;
            }
        }
        loaded.raw_set_str(store, Str::literal("_G"), globals.to_value())?;
        let name = Str::literal("_LOADED");
        Ok(state
            .registry()
            .raw_set_str(store, name, loaded.to_value())?)
    }

    fn fill_globals<'r>(&self, state: &State<'r>) -> Result<(), Error<'r>> {
        let count = self.chosen().fold(0, |count, (library, _)| {
            count
                + if library.is_global() {
                    library.field_count()
                } else {
                    1
                }
        });
        fill(state, &self.globals, state.globals(), count, |globals| {
            for (library, _) in self.chosen().filter(|(library, _)| library.is_global()) {
                add_functions(state, library.functions, globals)?;
            }
            self.keep_places(state, globals)
        })
    }

    /// Keeps the places of the libraries' tables in `table`.
    fn keep_places<'r>(&self, state: &State<'r>, table: Table<'r>) -> Result<(), Error<'r>> {
        let with_table = self.chosen().filter(|(library, _)| !library.is_global());
        for (library, _) in with_table {
            keep_place(state, table, library.name)?;
        }
        Ok(())
    }
}

/// Fills `table`, which is empty, from its image; without one by `write`, and keeps an image.
pub(super) fn fill<'r>(
    state: &State<'r>,
    image: &OnceLock<TableImage>,
    table: Table<'r>,
    field_count: usize,
    write: impl FnOnce(Table<'r>) -> Result<(), Error<'r>>,
) -> Result<(), Error<'r>> {
    if let Some(image) = image.get() {
        return Ok(table.restore(&state.store, image)?);
    }
    table.resize(&state.store, 0, field_count)?;
    write(table)?;
    if let Some(captured) = TableImage::capture(table) {
        // Another thread may have been first; its image is the same.
        let _ = image.set(captured);
    }
    Ok(())
}

fn keep_place<'r>(state: &State<'r>, table: Table<'r>, name: &str) -> Result<(), Error<'r>> {
    let name = state.str(name.as_bytes())?;
    Ok(table.raw_set_str(&state.store, name, Value::bool(true))?)
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
