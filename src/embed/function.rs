//! Functions as a host sees them: of either sort, to be called.
#![forbid(unsafe_code)]

use core::fmt;

use super::{FromLuaMulti, IntoLuaMulti, Lua};
use crate::error::Error;
use crate::value::{Closure, Native, Value};

/// A function of the region `'r`: compiled from Lua, or of the host.
#[derive(Clone, Copy)]
pub struct Function<'r>(Value<'r>);

impl<'r> Function<'r> {
    /// The function that `value` is, if it is one.
    pub fn from_value(value: Value<'r>) -> Option<Self> {
        value.is_function().then_some(Self(value))
    }

    /// The function as a value.
    pub fn to_value(self) -> Value<'r> {
        self.0
    }

    /// Calls the function, and converts its results.
    ///
    /// # Errors
    /// What the function raises; its results do not convert.
    #[inline]
    pub fn call<T: FromLuaMulti<'r>>(
        self,
        lua: impl Into<Lua<'r>>,
        args: impl IntoLuaMulti<'r>,
    ) -> Result<T, Error<'r>> {
        lua.into().call(self.0, args)
    }
}

impl<'r> From<Closure<'r>> for Function<'r> {
    fn from(closure: Closure<'r>) -> Self {
        Self(closure.to_value())
    }
}

impl<'r> From<Native<'r>> for Function<'r> {
    fn from(native: Native<'r>) -> Self {
        Self(native.to_value())
    }
}

impl fmt::Debug for Function<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
