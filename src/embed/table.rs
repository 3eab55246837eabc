//! Tables as a host uses them.
#![forbid(unsafe_code)]

use core::fmt;

use super::{FromLua, Function, IntoLua, Lua};
use crate::error::Error;
use crate::value::{Str, Table, Thread, UserData, Value};

impl<'r> Table<'r> {
    /// Reads a field as Lua does, metamethods included, and converts it.
    ///
    /// # Errors
    /// What a metamethod raises; the field does not convert.
    pub fn get<T: FromLua<'r>>(
        self,
        lua: impl Into<Lua<'r>>,
        key: impl IntoLua<'r>,
    ) -> Result<T, Error<'r>> {
        let lua = lua.into();
        let key = key.into_lua(lua)?;
        let value = match self.metatable() {
            None => self.raw_get(key),
            Some(_) => lua.state.index(self.to_value(), key)?,
        };
        T::from_lua(value, lua).map_err(|error| lua.at_key(error, key))
    }

    /// Sets a field as Lua does, metamethods included.
    ///
    /// # Errors
    /// What a metamethod raises; the key is nil or NaN; the region has no room.
    pub fn set(
        self,
        lua: impl Into<Lua<'r>>,
        key: impl IntoLua<'r>,
        value: impl IntoLua<'r>,
    ) -> Result<(), Error<'r>> {
        let lua = lua.into();
        let key = key.into_lua(lua)?;
        let value = value.into_lua(lua)?;
        match self.metatable() {
            None => lua.state.raw_set(self, key, value),
            Some(_) => lua.state.set_index(self.to_value(), key, value),
        }
    }

    /// The length as Lua's `#` gives it, metamethods included.
    ///
    /// # Errors
    /// What the metamethod raises; its result is no integer.
    pub fn len(self, lua: impl Into<Lua<'r>>) -> Result<i64, Error<'r>> {
        lua.into().state.len(self.to_value())
    }

    /// Whether there is no entry at all.
    pub fn is_empty(self) -> bool {
        self.pairs().next().is_none()
    }

    /// Appends an item to a list, without asking metamethods.
    ///
    /// # Errors
    /// The region has no room for it.
    pub fn push(self, lua: impl Into<Lua<'r>>, item: impl IntoLua<'r>) -> Result<(), Error<'r>> {
        let lua = lua.into();
        let item = item.into_lua(lua)?;
        // Behind the last index of all comes the first one, as for `table.insert`.
        let index = self.raw_len().wrapping_add(1);
        Ok(self.raw_set_int(&lua.state.store, index, item)?)
    }

    /// All entries, in the order of Lua's `next`, without asking metamethods.
    ///
    /// An entry that is removed on the way does not disturb it; where entries are added, the
    /// iteration ends early.
    pub fn pairs(self) -> Pairs<'r> {
        Pairs {
            table: self,
            key: Value::NIL,
            position: 0,
        }
    }

    /// The items from 1 up to the first nil, without asking metamethods.
    pub fn sequence(self) -> Sequence<'r> {
        Sequence {
            table: self,
            index: 0,
        }
    }
}

/// The entries of a table; see [`Table::pairs`].
#[derive(Clone)]
pub struct Pairs<'r> {
    table: Table<'r>,
    key: Value<'r>,
    position: usize,
}

impl<'r> Iterator for Pairs<'r> {
    type Item = (Value<'r>, Value<'r>);

    fn next(&mut self) -> Option<Self::Item> {
        let (position, key, value) = self.table.next_at(self.key, self.position).ok()??;
        (self.key, self.position) = (key, position);
        Some((key, value))
    }
}

impl fmt::Debug for Pairs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pairs").finish_non_exhaustive()
    }
}

/// The items of a list; see [`Table::sequence`].
#[derive(Clone)]
pub struct Sequence<'r> {
    table: Table<'r>,
    index: i64,
}

impl<'r> Iterator for Sequence<'r> {
    type Item = Value<'r>;

    fn next(&mut self) -> Option<Value<'r>> {
        let item = self.table.raw_get_int(self.index.checked_add(1)?);
        if item.is_nil() {
            return None;
        }
        self.index += 1;
        Some(item)
    }
}

impl fmt::Debug for Sequence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sequence").finish_non_exhaustive()
    }
}

/// A value with what is in it, down to a depth: see [`Value::describe`].
#[derive(Clone, Copy)]
pub struct Described<'r> {
    value: Value<'r>,
    depth: usize,
    item_count: usize,
}

/// Items of one table that are shown unless told otherwise.
const DESCRIBED_ITEMS: usize = 64;
/// The deepest that a description goes, whatever is asked for.
const DESCRIBED_DEPTH_MAX: usize = 32;

impl<'r> Value<'r> {
    /// The value as a host shows it for debugging, tables with their entries down to `depth`
    /// levels (32 at most) and 64 entries each. No script is run.
    ///
    /// ```
    /// # use bumpalo::Bump;
    /// # use lunette::{Arena, Engine, Value};
    /// # let (engine, mut arena, out) = (Engine::new(), Arena::new(), Bump::new());
    /// let program = engine.compile("t.lua", "return {1, 'two', at = {x = 3}}")?;
    /// let text = engine.enter(&mut arena, &out, |region| {
    ///     Ok(region.eval::<Value>(&program)?.describe(2).to_string())
    /// });
    /// assert_eq!(text.ok().as_deref(), Some(r#"{1, "two", at = {x = 3}}"#));
    /// # Ok::<(), lunette::OwnedError>(())
    /// ```
    pub fn describe(self, depth: usize) -> Described<'r> {
        Described {
            value: self,
            depth: depth.min(DESCRIBED_DEPTH_MAX),
            item_count: DESCRIBED_ITEMS,
        }
    }
}

impl<'r> Described<'r> {
    /// Shows up to this many entries of each table.
    #[must_use]
    pub fn items(self, item_count: usize) -> Self {
        Self { item_count, ..self }
    }

    fn table(&self, table: Table<'r>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        let mut next_index = 1;
        for (count, (key, value)) in table.pairs().enumerate() {
            if count > 0 {
                f.write_str(", ")?;
            }
            if count == self.item_count {
                f.write_str("...")?;
                break;
            }
            if key.as_int() == Some(next_index) {
                next_index += 1;
            } else {
                match key.as_str() {
                    Some(name) if super::lua::is_name(name.as_bytes()) => write!(f, "{name} = ")?,
                    _ => write!(f, "[{key:?}] = ")?,
                }
            }
            let depth = self.depth - 1;
            write!(
                f,
                "{}",
                Self {
                    value,
                    depth,
                    ..*self
                }
            )?;
        }
        f.write_str("}")
    }
}

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value.as_table() {
            Some(table) if self.depth > 0 => self.table(table, f),
            _ => write!(f, "{:?}", self.value),
        }
    }
}

impl fmt::Debug for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// As Lua's `tostring` without metamethods: strings and numbers as they are, other objects by
/// their type and number (`table#7`).
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_str() {
            Some(text) => write!(f, "{text}"),
            None => write!(f, "{self:?}"),
        }
    }
}

macro_rules! shown {
    ($($handle:ident)*) => {$(
        impl fmt::Display for $handle<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.to_value(), f)
            }
        }
    )*};
}

shown! { Table Function Thread UserData }

const _: () = {
    const fn is_shown<T: fmt::Display>() {}
    is_shown::<Str<'_>>();
};
