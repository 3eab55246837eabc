//! Values in a row: arguments and results.
#![forbid(unsafe_code)]

use core::fmt;
use core::ops::{Deref, DerefMut};

use super::{FromLua, IntoLua, Lua};
use crate::error::{Error, ErrorKind};
use crate::memory::Buffer;
use crate::value::Value;

/// Values that are read one after the other: the arguments of a host function, or the results of
/// a call.
pub struct Values<'r> {
    lua: Lua<'r>,
    /// Stack index of the first.
    from: usize,
    count: usize,
    taken: usize,
    /// Where the host function is that they are arguments of; 0 for results.
    callee_slot: usize,
    is_arguments: bool,
}

impl<'r> Values<'r> {
    #[inline]
    pub(super) fn arguments(lua: Lua<'r>, callee_slot: usize, count: usize) -> Self {
        Self {
            lua,
            from: callee_slot + 1,
            count,
            taken: 0,
            callee_slot,
            is_arguments: true,
        }
    }

    #[inline]
    pub(super) fn results(lua: Lua<'r>, from: usize, count: usize) -> Self {
        Self {
            lua,
            from,
            count,
            taken: 0,
            callee_slot: 0,
            is_arguments: false,
        }
    }

    /// The next value, nil after the last.
    #[inline]
    pub fn next_value(&mut self) -> Value<'r> {
        let index = self.taken;
        self.taken += 1;
        if index < self.count {
            self.lua.state.thread().get(self.from + index)
        } else {
            Value::NIL
        }
    }

    /// How many values are left.
    #[inline]
    pub fn left(&self) -> usize {
        self.count.saturating_sub(self.taken)
    }

    /// The region that the values belong to.
    pub fn lua(&self) -> Lua<'r> {
        self.lua
    }

    /// Converts the next value, nil after the last.
    ///
    /// # Errors
    /// It does not convert: an error in Lua's words, with the position and the function's name.
    #[inline]
    pub fn convert<T: FromLua<'r>>(&mut self) -> Result<T, Error<'r>> {
        let value = self.next_value();
        match T::from_lua(value, self.lua) {
            Ok(value) => Ok(value),
            // A copy, so that what is converted without fail needs no place in memory.
            Err(error) => Err(Self { ..*self }.blame(error)),
        }
    }

    /// The error of the value that was taken last.
    #[cold]
    fn blame(self, error: Error<'r>) -> Error<'r> {
        if error.kind() != ErrorKind::Conversion {
            return error;
        }
        let is_missing = self.taken > self.count;
        let message = self.lua.conversion_message(&error, is_missing);
        if !self.is_arguments {
            return self.lua.conversion_error(message);
        }
        let call = crate::vm::Call::new(self.lua.state, self.callee_slot, self.count);
        call.arg_error(self.taken, message.as_bytes())
    }
}

impl fmt::Debug for Values<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} values", self.left())
    }
}

/// What several values can become: one type, a tuple, `()`, or as many as there are.
pub trait FromLuaMulti<'r>: Sized {
    /// Takes what it needs of `values`.
    ///
    /// # Errors
    /// One does not convert.
    fn from_lua_multi(values: &mut Values<'r>) -> Result<Self, Error<'r>>;
}

/// What can be several values: one type, a tuple, `()`, or as many as there are.
pub trait IntoLuaMulti<'r> {
    /// The values in a row.
    type Array: AsRef<[Value<'r>]>;

    /// The values.
    ///
    /// # Errors
    /// The region has no room for them.
    fn into_lua_multi(self, lua: Lua<'r>) -> Result<Self::Array, Error<'r>>;
}

impl<'r, T: FromLua<'r>> FromLuaMulti<'r> for T {
    #[inline]
    fn from_lua_multi(values: &mut Values<'r>) -> Result<Self, Error<'r>> {
        values.convert()
    }
}

impl<'r, T: IntoLua<'r>> IntoLuaMulti<'r> for T {
    type Array = [Value<'r>; 1];

    #[inline]
    fn into_lua_multi(self, lua: Lua<'r>) -> Result<Self::Array, Error<'r>> {
        Ok([self.into_lua(lua)?])
    }
}

/// No value is wanted.
impl<'r> FromLuaMulti<'r> for () {
    #[inline]
    fn from_lua_multi(_: &mut Values<'r>) -> Result<Self, Error<'r>> {
        Ok(())
    }
}

macro_rules! tuples {
    ($($count:literal: $($name:ident)*, $last:ident;)*) => {$(
        /// The last may take all that is left: [`Variadic`], [`MultiValue`].
        impl<'r, $($name: FromLua<'r>,)* $last: FromLuaMulti<'r>> FromLuaMulti<'r>
            for ($($name,)* $last,)
        {
            #[inline]
            #[allow(non_snake_case)]
            fn from_lua_multi(values: &mut Values<'r>) -> Result<Self, Error<'r>> {
                $(let $name = values.convert()?;)*
                let $last = $last::from_lua_multi(values)?;
                Ok(($($name,)* $last,))
            }
        }

        impl<'r, $($name: IntoLua<'r>,)* $last: IntoLua<'r>> IntoLuaMulti<'r>
            for ($($name,)* $last,)
        {
            type Array = [Value<'r>; $count];

            #[inline]
            #[allow(non_snake_case)]
            fn into_lua_multi(self, lua: Lua<'r>) -> Result<Self::Array, Error<'r>> {
                let ($($name,)* $last,) = self;
                Ok([$($name.into_lua(lua)?,)* $last.into_lua(lua)?])
            }
        }
    )*};
}

tuples! {
    1: , A;
    2: A, B;
    3: A B, C;
    4: A B C, D;
    5: A B C D, E;
    6: A B C D E, F;
    7: A B C D E F, G;
    8: A B C D E F G, H;
    9: A B C D E F G H, I;
    10: A B C D E F G H I, J;
    11: A B C D E F G H I J, K;
    12: A B C D E F G H I J K, L;
}

impl<'r> IntoLuaMulti<'r> for () {
    type Array = [Value<'r>; 0];

    #[inline]
    fn into_lua_multi(self, _: Lua<'r>) -> Result<Self::Array, Error<'r>> {
        Ok([])
    }
}

/// Any number of values, as they are.
impl<'s, 'r> IntoLuaMulti<'r> for &'s [Value<'r>] {
    type Array = &'s [Value<'r>];

    fn into_lua_multi(self, _: Lua<'r>) -> Result<Self::Array, Error<'r>> {
        Ok(self)
    }
}

/// Any number of values, in memory of the region.
pub struct MultiValue<'r>(Buffer<'r, Value<'r>>);

impl<'r> MultiValue<'r> {
    /// No values yet.
    pub fn new(lua: impl Into<Lua<'r>>) -> Self {
        Self(Buffer::new_in(&lua.into().state.store.heap))
    }

    /// Appends a value.
    ///
    /// # Errors
    /// The region has no room for it.
    pub fn push(&mut self, value: Value<'r>) -> Result<(), Error<'r>> {
        Ok(self.0.push(value)?)
    }
}

impl<'r> Deref for MultiValue<'r> {
    type Target = [Value<'r>];

    fn deref(&self) -> &[Value<'r>] {
        &self.0
    }
}

impl<'r> AsRef<[Value<'r>]> for MultiValue<'r> {
    fn as_ref(&self) -> &[Value<'r>] {
        &self.0
    }
}

impl fmt::Debug for MultiValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter()).finish()
    }
}

impl<'r> FromLuaMulti<'r> for MultiValue<'r> {
    fn from_lua_multi(values: &mut Values<'r>) -> Result<Self, Error<'r>> {
        let mut all = Self::new(values.lua);
        while values.left() > 0 {
            all.push(values.next_value())?;
        }
        Ok(all)
    }
}

impl<'r> IntoLuaMulti<'r> for MultiValue<'r> {
    type Array = Self;

    fn into_lua_multi(self, _: Lua<'r>) -> Result<Self::Array, Error<'r>> {
        Ok(self)
    }
}

/// Any number of values of one type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variadic<T>(pub Vec<T>);

impl<T> Deref for Variadic<T> {
    type Target = Vec<T>;

    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T> DerefMut for Variadic<T> {
    fn deref_mut(&mut self) -> &mut Vec<T> {
        &mut self.0
    }
}

impl<T> FromIterator<T> for Variadic<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T> IntoIterator for Variadic<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'r, T: FromLua<'r>> FromLuaMulti<'r> for Variadic<T> {
    fn from_lua_multi(values: &mut Values<'r>) -> Result<Self, Error<'r>> {
        let mut all = Vec::new();
        while values.left() > 0 {
            let value = values.convert()?;
            values.lua.reserve_one(&mut all)?;
            all.push(value);
        }
        Ok(Self(all))
    }
}

impl<'r, T: IntoLua<'r>> IntoLuaMulti<'r> for Variadic<T> {
    type Array = MultiValue<'r>;

    fn into_lua_multi(self, lua: Lua<'r>) -> Result<Self::Array, Error<'r>> {
        let mut all = MultiValue::new(lua);
        for value in self.0 {
            all.push(value.into_lua(lua)?)?;
        }
        Ok(all)
    }
}
