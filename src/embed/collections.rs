//! Collections of Rust as tables, and tables as collections.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use super::{FromLua, IntoLua, Lua};
use crate::error::Error;
use crate::value::{Table, Value};

/// A value of one of two types: of the first that it converts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Either<L, R> {
    /// The first type.
    Left(L),
    /// The second type.
    Right(R),
}

impl<L, R> Either<L, R> {
    /// The value of the first type, if it is one.
    pub fn left(self) -> Option<L> {
        match self {
            Self::Left(value) => Some(value),
            Self::Right(_) => None,
        }
    }

    /// The value of the second type, if it is one.
    pub fn right(self) -> Option<R> {
        match self {
            Self::Left(_) => None,
            Self::Right(value) => Some(value),
        }
    }
}

impl<'r, L: FromLua<'r>, R: FromLua<'r>> FromLua<'r> for Either<L, R> {
    fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
        match L::from_lua(value, lua) {
            Ok(value) => Ok(Self::Left(value)),
            Err(_) => R::from_lua(value, lua).map(Self::Right),
        }
    }
}

impl<'r, L: IntoLua<'r>, R: IntoLua<'r>> IntoLua<'r> for Either<L, R> {
    fn into_lua(self, lua: Lua<'r>) -> Result<Value<'r>, Error<'r>> {
        match self {
            Self::Left(value) => value.into_lua(lua),
            Self::Right(value) => value.into_lua(lua),
        }
    }
}

/// The table that `value` is.
fn table_of<'r>(value: Value<'r>, lua: Lua<'r>) -> Result<Table<'r>, Error<'r>> {
    value.as_table().ok_or_else(|| lua.mismatch("table", value))
}

/// The items of a table from 1 to its length.
pub(super) fn vec_from_table<'r, T: FromLua<'r>>(
    value: Value<'r>,
    lua: Lua<'r>,
) -> Result<Vec<T>, Error<'r>> {
    let table = table_of(value, lua)?;
    let mut items = Vec::new();
    for index in 1..=table.raw_len() {
        let item = T::from_lua(table.raw_get_int(index), lua);
        let item = item.map_err(|error| lua.at_index(error, index))?;
        lua.reserve_one(&mut items)?;
        items.push(item);
    }
    Ok(items)
}

impl<'r, T: FromLua<'r>> FromLua<'r> for Vec<T> {
    fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
        T::vec_from_lua(value, lua)
    }
}

impl<'r, T: IntoLua<'r>> IntoLua<'r> for Vec<T> {
    fn into_lua(self, lua: Lua<'r>) -> Result<Value<'r>, Error<'r>> {
        T::vec_into_lua(self, lua)
    }
}

impl<'r, T: FromLua<'r>, const N: usize> FromLua<'r> for [T; N] {
    fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
        let items = vec_from_table(value, lua)?;
        let count = items.len();
        items
            .try_into()
            .map_err(|_| lua.conversion_error(format!("table of {N} items expected, got {count}")))
    }
}

impl<'r, T: IntoLua<'r>, const N: usize> IntoLua<'r> for [T; N] {
    fn into_lua(self, lua: Lua<'r>) -> Result<Value<'r>, Error<'r>> {
        Ok(lua.list(self)?.to_value())
    }
}

/// Gives every entry of a table to `take`.
fn each_entry<'r, K: FromLua<'r>, V: FromLua<'r>>(
    value: Value<'r>,
    lua: Lua<'r>,
    mut take: impl FnMut(K, V) -> Result<(), Error<'r>>,
) -> Result<(), Error<'r>> {
    for entry in table_of(value, lua)?.pairs() {
        let (key, value) = entry;
        let converted = V::from_lua(value, lua).map_err(|error| lua.at_key(error, key))?;
        let key = K::from_lua(key, lua).map_err(|error| lua.at_key(error, key))?;
        take(key, converted)?;
    }
    Ok(())
}

impl<'r, K, V, S> FromLua<'r> for HashMap<K, V, S>
where
    K: FromLua<'r> + Eq + Hash,
    V: FromLua<'r>,
    S: BuildHasher + Default,
{
    fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
        let mut map = Self::default();
        each_entry(value, lua, |key, value| {
            map.try_reserve(1).map_err(|_| lua.out_of_memory())?;
            map.insert(key, value);
            Ok(())
        })?;
        Ok(map)
    }
}

impl<'r, K: FromLua<'r> + Ord, V: FromLua<'r>> FromLua<'r> for BTreeMap<K, V> {
    fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
        let mut map = Self::new();
        each_entry(value, lua, |key, value| {
            map.insert(key, value);
            Ok(())
        })?;
        Ok(map)
    }
}

impl<'r, K: IntoLua<'r>, V: IntoLua<'r>, S> IntoLua<'r> for HashMap<K, V, S> {
    fn into_lua(self, lua: Lua<'r>) -> Result<Value<'r>, Error<'r>> {
        Ok(lua.table(self)?.to_value())
    }
}

impl<'r, K: IntoLua<'r>, V: IntoLua<'r>> IntoLua<'r> for BTreeMap<K, V> {
    fn into_lua(self, lua: Lua<'r>) -> Result<Value<'r>, Error<'r>> {
        Ok(lua.table(self)?.to_value())
    }
}
