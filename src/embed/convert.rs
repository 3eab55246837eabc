//! Values on their way into a region and out of it.
#![forbid(unsafe_code)]

use super::{Function, Region};
use crate::error::Error;
use crate::value::{Closure, Native, Str, Table, Unpacked, Value, coerce};

/// What can become a Lua value.
pub trait IntoLua<'r> {
    /// The value; strings are copied into the region.
    ///
    /// # Errors
    /// The region has no room for it.
    fn into_lua(self, region: Region<'r, '_>) -> Result<Value<'r>, Error<'r>>;
}

/// What a Lua value can become.
pub trait FromLua<'r>: Sized {
    /// Converts `value`.
    ///
    /// # Errors
    /// It is of another type.
    fn from_lua(value: Value<'r>, region: Region<'r, '_>) -> Result<Self, Error<'r>>;
}

/// What can be the arguments of a call: one value, or a tuple of them.
pub trait IntoArgs<'r> {
    /// The arguments in a row.
    type Array: AsRef<[Value<'r>]>;

    /// The arguments as values.
    ///
    /// # Errors
    /// The region has no room for them.
    fn into_args(self, region: Region<'r, '_>) -> Result<Self::Array, Error<'r>>;
}

/// The error of a value of the wrong type.
#[cold]
fn mismatch<'r>(expected: &str, value: Value<'r>, region: Region<'r, '_>) -> Error<'r> {
    region.error(format!("{expected} expected, got {}", value.type_name()))
}

macro_rules! into_lua {
    ($($type:ty: |$value:ident, $region:pat_param| $result:expr;)*) => {$(
        impl<'r> IntoLua<'r> for $type {
            fn into_lua(self, $region: Region<'r, '_>) -> Result<Value<'r>, Error<'r>> {
                let $value = self;
                $result
            }
        }
    )*};
}

into_lua! {
    Value<'r>: |value, _| Ok(value);
    Str<'r>: |value, _| Ok(value.to_value());
    Table<'r>: |value, _| Ok(value.to_value());
    Closure<'r>: |value, _| Ok(value.to_value());
    Native<'r>: |value, _| Ok(value.to_value());
    Function<'r>: |value, _| Ok(value.to_value());
    bool: |value, _| Ok(Value::bool(value));
    i64: |value, _| Ok(Value::int(value));
    i32: |value, _| Ok(Value::int(value.into()));
    f64: |value, _| Ok(Value::float(value));
    &str: |value, region| Ok(region.str(value)?.to_value());
    &[u8]: |value, region| Ok(region.str(value)?.to_value());
}

impl<'r, T: IntoLua<'r>> IntoLua<'r> for Option<T> {
    fn into_lua(self, region: Region<'r, '_>) -> Result<Value<'r>, Error<'r>> {
        self.map_or(Ok(Value::NIL), |value| value.into_lua(region))
    }
}

macro_rules! from_lua {
    ($($type:ty, $expected:literal: |$value:ident| $result:expr;)*) => {$(
        impl<'r> FromLua<'r> for $type {
            fn from_lua($value: Value<'r>, region: Region<'r, '_>) -> Result<Self, Error<'r>> {
                $result.ok_or_else(|| mismatch($expected, $value, region))
            }
        }
    )*};
}

from_lua! {
    Str<'r>, "string": |value| value.as_str();
    Table<'r>, "table": |value| value.as_table();
    Function<'r>, "function": |value| Function::from_value(value);
    String, "string": |value| value.as_str().map(|text| text.to_string());
    f64, "number": |value| match value.unpack() {
        Unpacked::Int(int) => Some(int as f64),
        _ => value.as_float(),
    };
}

impl<'r> FromLua<'r> for i64 {
    fn from_lua(value: Value<'r>, region: Region<'r, '_>) -> Result<Self, Error<'r>> {
        if !value.is_number() {
            return Err(mismatch("number", value, region));
        }
        coerce::text_to_int(value)
            .ok_or_else(|| region.error("number has no integer representation"))
    }
}

impl<'r> FromLua<'r> for Value<'r> {
    fn from_lua(value: Value<'r>, _: Region<'r, '_>) -> Result<Self, Error<'r>> {
        Ok(value)
    }
}

/// As a condition takes it: all values but `nil` and `false` are true.
impl<'r> FromLua<'r> for bool {
    fn from_lua(value: Value<'r>, _: Region<'r, '_>) -> Result<Self, Error<'r>> {
        Ok(!value.is_falsy())
    }
}

/// No result is wanted.
impl<'r> FromLua<'r> for () {
    fn from_lua(_: Value<'r>, _: Region<'r, '_>) -> Result<Self, Error<'r>> {
        Ok(())
    }
}

/// `nil` is `None`.
impl<'r, T: FromLua<'r>> FromLua<'r> for Option<T> {
    fn from_lua(value: Value<'r>, region: Region<'r, '_>) -> Result<Self, Error<'r>> {
        if value.is_nil() {
            return Ok(None);
        }
        T::from_lua(value, region).map(Some)
    }
}

impl<'r, T: IntoLua<'r>> IntoArgs<'r> for T {
    type Array = [Value<'r>; 1];

    fn into_args(self, region: Region<'r, '_>) -> Result<Self::Array, Error<'r>> {
        Ok([self.into_lua(region)?])
    }
}

macro_rules! into_args {
    ($($count:literal: $($name:ident)*;)*) => {$(
        impl<'r, $($name: IntoLua<'r>),*> IntoArgs<'r> for ($($name,)*) {
            type Array = [Value<'r>; $count];

            #[allow(non_snake_case, unused_variables)]
            fn into_args(self, region: Region<'r, '_>) -> Result<Self::Array, Error<'r>> {
                let ($($name,)*) = self;
                Ok([$($name.into_lua(region)?),*])
            }
        }
    )*};
}

into_args! {
    0: ;
    1: A;
    2: A B;
    3: A B C;
    4: A B C D;
    5: A B C D E;
    6: A B C D E F;
}

/// Any number of arguments, as values already.
impl<'s, 'r> IntoArgs<'r> for &'s [Value<'r>] {
    type Array = &'s [Value<'r>];

    fn into_args(self, _: Region<'r, '_>) -> Result<Self::Array, Error<'r>> {
        Ok(self)
    }
}
