//! Handles that outlive a use of an execution.
#![forbid(unsafe_code)]
//!
//! A rooted value is an item of a list in the region's registry, which evacuations know; the host
//! holds its number. A handle that is dropped notes its number as free, for the next one.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::{IntoLua, Lua};
use crate::error::{Error, ErrorKind};
use crate::value::{Str, Table, Value};

/// The list in the registry, if there is one.
fn list_of<'r>(lua: Lua<'r>) -> Option<Table<'r>> {
    let name = Str::literal("_ROOTED");
    lua.state.registry().raw_get_str(name).as_table()
}

/// What is free in one execution's list.
#[derive(Debug, Default)]
pub(crate) struct RootBook(Mutex<Numbers>);

#[derive(Debug, Default)]
struct Numbers {
    /// Whose handles are gone, but whose values are still there.
    dropped: Vec<i64>,
    free: Vec<i64>,
}

impl RootBook {
    fn with<R>(&self, act: impl FnOnce(&mut Numbers) -> R) -> R {
        // Numbers stay numbers, whatever panicked while they were noted.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A value of an [`Execution`](super::Execution) that the host keeps between its uses.
///
/// It may be sent to other threads, and does not keep the execution alive. Dropping it lets the
/// value go.
pub struct Rooted {
    index: i64,
    book: Arc<RootBook>,
}

impl Rooted {
    /// The value.
    ///
    /// # Errors
    /// It belongs to another execution ([`ErrorKind::Ended`]).
    pub fn get<'r>(&self, lua: Lua<'r>) -> Result<Value<'r>, Error<'r>> {
        if !Arc::ptr_eq(&self.book, &lua.root_book()) {
            let message = b"the value belongs to another execution";
            let store = &lua.state.store;
            return Err(Error::with_message(store, ErrorKind::Ended, message));
        }
        let Some(list) = list_of(lua) else {
            return Ok(Value::NIL);
        };
        let value = list.raw_get_int(self.index);
        // The list itself stands for nil, so that its length stays what it is.
        Ok(if value.raw_equal(list.to_value()) {
            Value::NIL
        } else {
            value
        })
    }
}

impl<'r> IntoLua<'r> for &Rooted {
    fn into_lua(self, lua: Lua<'r>) -> Result<Value<'r>, Error<'r>> {
        self.get(lua)
    }
}

impl Drop for Rooted {
    fn drop(&mut self) {
        self.book.with(|numbers| numbers.dropped.push(self.index));
    }
}

impl fmt::Debug for Rooted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rooted#{}", self.index)
    }
}

impl<'r> Lua<'r> {
    /// Keeps a value under a name where scripts do not see it, other than by the library `debug`.
    /// In a region that an engine's others begin as ([`Engine::prepared`](super::Engine::prepared))
    /// it is there in all of them. Names that begin with `_` are the library's own.
    ///
    /// ```
    /// # use bumpalo::Bump;
    /// # use lunette::{Arena, Engine, RunOptions};
    /// let engine = Engine::new();
    /// let handler = engine.compile("h.lua", "return function() return 'hello' end")?;
    /// let engine = engine.prepared(&RunOptions::new(), Arena::new(), |region| {
    ///     let handler = region.eval(&handler)?;
    ///     region.set_kept("handler", handler)
    /// })?;
    /// let (mut arena, out) = (Arena::new(), Bump::new());
    /// let text = engine.enter(&mut arena, &out, |region| {
    ///     region.call::<String>(region.kept("handler"), ())
    /// });
    /// assert_eq!(text.ok().as_deref(), Some("hello"));
    /// # Ok::<(), lunette::OwnedError>(())
    /// ```
    ///
    /// # Errors
    /// The region has no room for it.
    pub fn set_kept(self, name: &str, value: Value<'r>) -> Result<(), Error<'r>> {
        self.raw_set(self.state.registry(), name, value)
    }

    /// What [`Lua::set_kept`] kept under the name, else nil.
    pub fn kept(self, name: &'static str) -> Value<'r> {
        // A name that there is no room for was not kept either.
        let name = self.str(name).map_or(Value::NIL, Str::to_value);
        self.state.registry().raw_get(name)
    }

    /// Keeps a value for later uses of the execution: what is rooted survives evacuations.
    ///
    /// # Errors
    /// The region has no room for the note.
    pub fn root(self, value: Value<'r>) -> Result<Rooted, Error<'r>> {
        let store = &self.state.store;
        let list = match list_of(self) {
            Some(list) => list,
            None => {
                let list = Table::empty(store)?;
                let registry = self.state.registry();
                registry.raw_set_str(store, Str::literal("_ROOTED"), list.to_value())?;
                list
            }
        };
        let book = self.root_book();
        let index = book.with(|numbers| numbers.free.pop());
        let index = index.unwrap_or(list.raw_len().wrapping_add(1));
        let kept = if value.is_nil() {
            list.to_value()
        } else {
            value
        };
        list.raw_set_int(store, index, kept)?;
        Ok(Rooted { index, book })
    }

    /// Lets go of the values whose handles were dropped.
    pub(super) fn forget_dropped_roots(self) {
        let Some(list) = list_of(self) else {
            return;
        };
        self.root_book().with(|numbers| {
            for index in numbers.dropped.drain(..) {
                // The place is there, so nothing is allocated.
                let _ = list.raw_set_int(&self.state.store, index, list.to_value());
                numbers.free.push(index);
            }
        });
    }

    fn root_book(self) -> Arc<RootBook> {
        let book = &self.state.host_book;
        let book = book.get_or_init(|| Arc::new(RootBook::default()));
        match Arc::clone(book).downcast() {
            Ok(book) => book,
            Err(_) => unreachable!("nobody else keeps a book"),
        }
    }
}
