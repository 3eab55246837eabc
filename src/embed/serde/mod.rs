//! Serde: Rust data into Lua values, Lua values into Rust data, without a tree in between.
#![forbid(unsafe_code)]
//!
//! How arrays and maps are told apart:
//!
//! - A type that asks for a sequence gets the items from 1 to the table's length; one that asks
//!   for a map or a struct gets all entries. An empty table is whichever is asked for.
//! - Where the type does not say (`deserialize_any`, and a [`Value`] that is serialised), a table
//!   is a sequence if it is not empty and its keys are just 1 to n; any other is a map.
//! - Sequences and tuples become lists, maps and structs become tables. `None` and `()` become
//!   nil: an absent field, or a hole in a list. An enum's unit variant is its name, any other a
//!   table with the name as its one key. Bytes are strings.
//!
//! Metamethods are not asked. A table that contains itself is an error, and so is data deeper than
//! [`DEPTH_MAX`].

mod de;
mod ser;

use core::fmt;

use ::serde::{Deserialize, Serialize};

use super::{FromLua, IntoLua, Lua};
use crate::error::Error;
use crate::value::{Table, Value};

/// How deep tables may lie inside each other.
const DEPTH_MAX: usize = 128;

/// Why data did not pass.
#[derive(Debug)]
struct Failure<'r> {
    cause: Cause<'r>,
    path: String,
}

#[derive(Debug)]
enum Cause<'r> {
    /// The data does not fit.
    Message(String),
    /// The region has no room.
    Lua(Error<'r>),
}

impl<'r> Failure<'r> {
    #[cold]
    fn new(message: impl fmt::Display) -> Self {
        let cause = Cause::Message(message.to_string());
        let path = String::new();
        Self { cause, path }
    }

    /// The same failure, which happened at `key` of a table.
    #[cold]
    fn at(mut self, key: &dyn fmt::Display, is_name: bool) -> Self {
        let separator = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        let key = if is_name {
            key.to_string()
        } else {
            format!("[{key}]")
        };
        self.path = [&key, separator, &self.path].concat();
        self
    }

    /// As [`Failure::at`], for the key of a table.
    fn at_key(self, key: Value<'_>) -> Self {
        match key.as_str() {
            Some(name) if super::lua::is_name(name.as_bytes()) => self.at(&name, true),
            _ => self.at(&format_args!("{key:?}"), false),
        }
    }

    fn into_error(self, lua: Lua<'r>) -> Error<'r> {
        match self.cause {
            Cause::Lua(error) => error,
            Cause::Message(message) if self.path.is_empty() => lua.conversion_error(message),
            Cause::Message(message) => lua.conversion_error([&self.path, ": ", &message].concat()),
        }
    }
}

impl<'r> From<Error<'r>> for Failure<'r> {
    fn from(error: Error<'r>) -> Self {
        let (cause, path) = (Cause::Lua(error), String::new());
        Self { cause, path }
    }
}

impl fmt::Display for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Message(message) => f.write_str(message),
            Cause::Lua(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl core::error::Error for Failure<'_> {}

impl ::serde::ser::Error for Failure<'_> {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message)
    }
}

impl ::serde::de::Error for Failure<'_> {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message)
    }
}

/// The tables that a walk is inside of.
#[derive(Clone, Copy)]
struct Inside<'w, 'r> {
    table: Table<'r>,
    outer: Option<&'w Inside<'w, 'r>>,
    depth: usize,
}

impl<'w, 'r> Inside<'w, 'r> {
    /// Goes into `table`.
    ///
    /// # Errors
    /// The walk is inside of it already, or too deep.
    fn enter(outer: Option<&'w Inside<'w, 'r>>, table: Table<'r>) -> Result<Self, &'static str> {
        let depth = outer.map_or(1, |outer| outer.depth + 1);
        let mut other = outer;
        while let Some(inside) = other {
            if inside.table.is(table) {
                return Err("the table contains itself");
            }
            other = inside.outer;
        }
        if depth > DEPTH_MAX {
            return Err("the tables are nested too deep");
        }
        Ok(Self {
            table,
            outer,
            depth,
        })
    }
}

/// The length of a table whose keys are just 1 to n, which is not empty.
fn list_len(table: Table<'_>) -> Option<usize> {
    let len = usize::try_from(table.raw_len()).ok()?;
    (len > 0 && table.pairs().take(len + 1).count() == len).then_some(len)
}

impl<'r> Lua<'r> {
    /// Makes a Lua value of any data that serde can serialise; the rules are in
    /// [`Serde`]'s description.
    ///
    /// # Errors
    /// The region has no room; Lua has no such value (an integer beyond 64 bits).
    pub fn to_value<T: Serialize + ?Sized>(self, data: &T) -> Result<Value<'r>, Error<'r>> {
        let result = data.serialize(ser::Serializer { lua: self });
        result.map_err(|failure| failure.into_error(self))
    }

    /// Makes data of a Lua value. Strings may be borrowed from the region.
    ///
    /// # Errors
    /// The value does not fit: the error says where (`reply.headers[3]: ...`).
    pub fn from_value<T: Deserialize<'r>>(self, value: Value<'r>) -> Result<T, Error<'r>> {
        let result = T::deserialize(de::Deserializer::new(self, value));
        result.map_err(|failure| failure.into_error(self))
    }
}

/// Data that serde takes into a region and out of it, as an argument or a result.
///
/// A table is a sequence or a map, whichever the type asks for; where the type does not say, it is
/// a sequence if its keys are just 1 to n, and at least one. `None` becomes nil.
///
/// ```
/// # use bumpalo::Bump;
/// # use lunette::{Arena, Engine, Serde};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize)]
/// struct Request<'a> { path: &'a str, tags: Vec<&'a str> }
/// #[derive(Deserialize, Debug, PartialEq)]
/// struct Reply { status: u16, body: String }
///
/// # let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
/// let program = engine.compile("h.lua", "
///     return function(r) return {status = 200, body = r.path .. r.tags[2]} end")?;
/// let reply = engine.enter(&mut arena, &out, |region| {
///     let handler: lunette::Function = region.eval(&program)?;
///     let request = Request { path: "/", tags: vec!["a", "b"] };
///     let Serde(reply) = handler.call::<Serde<Reply>>(region, Serde(request))?;
///     Ok(reply)
/// });
/// assert_eq!(reply.ok(), Some(Reply { status: 200, body: "/b".to_owned() }));
/// # Ok::<(), lunette::OwnedError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Serde<T>(pub T);

impl<'r, T: Serialize> IntoLua<'r> for Serde<T> {
    fn into_lua(self, lua: Lua<'r>) -> Result<Value<'r>, Error<'r>> {
        lua.to_value(&self.0)
    }
}

impl<'r, T: Deserialize<'r>> FromLua<'r> for Serde<T> {
    fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
        lua.from_value(value).map(Self)
    }
}
