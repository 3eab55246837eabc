//! Values on their way into a region and out of it, one at a time.
#![forbid(unsafe_code)]
//!
//! A conversion that fails is an error of the kind
//! [`ErrorKind::Conversion`](crate::ErrorKind::Conversion) with the path to the value that does not
//! fit: `reply.headers[3]: string expected, got table`.

use super::{Function, Lua, UserData};
use crate::error::Error;
use crate::value::{Closure, Native, Str, Table, Thread, Unpacked, Value, coerce};

/// What can become a Lua value.
pub trait IntoLua<'r>: Sized {
    /// The value; strings are copied into the region.
    ///
    /// # Errors
    /// The region has no room for it, or Lua has no such value (an integer beyond 64 bits).
    fn into_lua(self, lua: Lua<'r>) -> Result<Value<'r>, Error<'r>>;

    /// A vector of these: a table, but for bytes, which become a string.
    #[doc(hidden)]
    fn vec_into_lua(items: Vec<Self>, lua: Lua<'r>) -> Result<Value<'r>, Error<'r>> {
        Ok(lua.list(items)?.to_value())
    }
}

/// What a Lua value can become.
///
/// | type | from | |
/// | --- | --- | --- |
/// | integers | number, numeral | must be whole, and in range |
/// | `f64`, `f32` | number, numeral | |
/// | `bool` | any value | as a condition takes it |
/// | `String`, `&'r str` | string, number | must be UTF-8 |
/// | `Vec<u8>`, `&'r [u8]`, [`Str`] | string, number | any bytes |
/// | `Option<T>` | as `T` | nil is `None` |
/// | `Vec<T>`, `[T; N]` | table | the items from 1 on |
/// | `HashMap<K, V>`, `BTreeMap<K, V>` | table | all entries |
/// | [`Either<L, R>`](super::Either) | as `L`, else as `R` | |
/// | [`UserDataRef`](super::UserDataRef) | host object | borrowed as long as it lives |
pub trait FromLua<'r>: Sized {
    /// Converts `value`.
    ///
    /// # Errors
    /// It does not fit.
    fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>>;

    /// A vector of these: from a table, for bytes from a string as well.
    #[doc(hidden)]
    fn vec_from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Vec<Self>, Error<'r>> {
        super::collections::vec_from_table(value, lua)
    }
}

macro_rules! into_lua {
    ($($type:ty: |$value:ident, $lua:pat_param| $result:expr;)*) => {$(
        impl<'r> IntoLua<'r> for $type {
            #[inline]
            fn into_lua(self, $lua: Lua<'r>) -> Result<Value<'r>, Error<'r>> {
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
    Thread<'r>: |value, _| Ok(value.to_value());
    crate::value::UserData<'r>: |value, _| Ok(value.to_value());
    bool: |value, _| Ok(Value::bool(value));
    f64: |value, _| Ok(Value::float(value));
    f32: |value, _| Ok(Value::float(value.into()));
    &str: |value, lua| Ok(lua.str(value)?.to_value());
    &[u8]: |value, lua| Ok(lua.str(value)?.to_value());
    String: |value, lua| Ok(lua.str(value)?.to_value());
    &String: |value, lua| Ok(lua.str(value)?.to_value());
    Box<str>: |value, lua| Ok(lua.str(&*value)?.to_value());
    char: |value, lua| Ok(lua.str(value.encode_utf8(&mut [0; 4]))?.to_value());
    std::borrow::Cow<'_, str>: |value, lua| Ok(lua.str(&*value)?.to_value());
}

impl<'r, T: IntoLua<'r>> IntoLua<'r> for Option<T> {
    fn into_lua(self, lua: Lua<'r>) -> Result<Value<'r>, Error<'r>> {
        self.map_or(Ok(Value::NIL), |value| value.into_lua(lua))
    }
}

impl<'r, T: UserData + Send> IntoLua<'r> for T {
    fn into_lua(self, lua: Lua<'r>) -> Result<Value<'r>, Error<'r>> {
        Ok(lua.userdata(self)?.to_value())
    }
}

macro_rules! from_lua {
    ($($type:ty, $expected:literal: |$value:ident| $result:expr;)*) => {$(
        impl<'r> FromLua<'r> for $type {
            #[inline]
            fn from_lua($value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
                $result.ok_or_else(|| lua.mismatch($expected, $value))
            }
        }
    )*};
}

from_lua! {
    Table<'r>, "table": |value| value.as_table();
    Function<'r>, "function": |value| Function::from_value(value);
    Thread<'r>, "thread": |value| value.as_thread();
    crate::value::UserData<'r>, "userdata": |value| value.as_userdata();
    f64, "number": |value| match value.unpack() {
        Unpacked::Float(float) => Some(float),
        Unpacked::Int(int) => Some(int as f64),
        _ => coerce::text_to_float(value),
    };
}

impl<'r> FromLua<'r> for f32 {
    fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
        Ok(f64::from_lua(value, lua)? as f32)
    }
}

impl<'r> IntoLua<'r> for i64 {
    #[inline]
    fn into_lua(self, _: Lua<'r>) -> Result<Value<'r>, Error<'r>> {
        Ok(Value::int(self))
    }
}

impl<'r> FromLua<'r> for i64 {
    #[inline]
    fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
        match value.as_int() {
            Some(int) => Ok(int),
            None => int_slow(value, lua),
        }
    }
}

#[cold]
fn int_slow<'r>(value: Value<'r>, lua: Lua<'r>) -> Result<i64, Error<'r>> {
    coerce::text_to_int(value).ok_or_else(|| {
        if coerce::text_to_number(value).is_some() {
            lua.conversion_error("number has no integer representation")
        } else {
            lua.mismatch("number", value)
        }
    })
}

macro_rules! small_integers {
    ($($type:ty)*) => {$(
        impl<'r> IntoLua<'r> for $type {
            #[inline]
            fn into_lua(self, lua: Lua<'r>) -> Result<Value<'r>, Error<'r>> {
                i64::try_from(self).map(Value::int).map_err(|_| {
                    lua.conversion_error(format!("integer {self} does not fit 64 bits"))
                })
            }
        }

        impl<'r> FromLua<'r> for $type {
            #[inline]
            fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
                let int = i64::from_lua(value, lua)?;
                Self::try_from(int).map_err(|_| {
                    let text = format!("integer {int} is out of range for {}", stringify!($type));
                    lua.conversion_error(text)
                })
            }
        }
    )*};
}

small_integers! { i8 i16 i32 u16 u32 u64 i128 u128 isize usize }

/// A byte; vectors of them are strings.
impl<'r> IntoLua<'r> for u8 {
    fn into_lua(self, _: Lua<'r>) -> Result<Value<'r>, Error<'r>> {
        Ok(Value::int(self.into()))
    }

    fn vec_into_lua(items: Vec<Self>, lua: Lua<'r>) -> Result<Value<'r>, Error<'r>> {
        Ok(lua.str(items)?.to_value())
    }
}

/// A byte; vectors of them are strings.
impl<'r> FromLua<'r> for u8 {
    fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
        let int = i64::from_lua(value, lua)?;
        Self::try_from(int)
            .map_err(|_| lua.conversion_error(format!("integer {int} is out of range for u8")))
    }

    fn vec_from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Vec<Self>, Error<'r>> {
        if value.as_table().is_some() {
            return super::collections::vec_from_table(value, lua);
        }
        Ok(Str::from_lua(value, lua)?.as_bytes().to_vec())
    }
}

impl<'r> FromLua<'r> for Str<'r> {
    #[inline]
    fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
        match value.as_str() {
            Some(text) => Ok(text),
            None if value.is_number() => lua.state.number_text(value),
            None => Err(lua.mismatch("string", value)),
        }
    }
}

/// The bytes where they lie in the region, without a copy; those of a string that is kept inside
/// its value (up to 14 bytes) are copied into the region.
impl<'r> FromLua<'r> for &'r [u8] {
    #[inline]
    fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
        Ok(Str::from_lua(value, lua)?.lasting_bytes(&lua.state.store)?)
    }
}

/// As `&[u8]`, and must be UTF-8.
impl<'r> FromLua<'r> for &'r str {
    #[inline]
    fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
        let bytes = <&[u8]>::from_lua(value, lua)?;
        core::str::from_utf8(bytes).map_err(|_| not_utf8(lua))
    }
}

impl<'r> FromLua<'r> for String {
    fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
        let text = Str::from_lua(value, lua)?;
        let text = core::str::from_utf8(text.as_bytes()).map_err(|_| not_utf8(lua))?;
        Ok(text.to_owned())
    }
}

impl<'r> FromLua<'r> for Box<str> {
    fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
        String::from_lua(value, lua).map(String::into_boxed_str)
    }
}

impl<'r> FromLua<'r> for char {
    fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
        let text = <&str>::from_lua(value, lua)?;
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(one), None) => Ok(one),
            _ => Err(lua.conversion_error("string of one character expected")),
        }
    }
}

#[cold]
pub(super) fn not_utf8<'r>(lua: Lua<'r>) -> Error<'r> {
    lua.conversion_error("string is not valid UTF-8")
}

impl<'r> FromLua<'r> for Value<'r> {
    #[inline]
    fn from_lua(value: Value<'r>, _: Lua<'r>) -> Result<Self, Error<'r>> {
        Ok(value)
    }
}

/// As a condition takes it: all values but `nil` and `false` are true.
impl<'r> FromLua<'r> for bool {
    #[inline]
    fn from_lua(value: Value<'r>, _: Lua<'r>) -> Result<Self, Error<'r>> {
        Ok(!value.is_falsy())
    }
}

/// `nil` is `None`.
impl<'r, T: FromLua<'r>> FromLua<'r> for Option<T> {
    fn from_lua(value: Value<'r>, lua: Lua<'r>) -> Result<Self, Error<'r>> {
        if value.is_nil() {
            return Ok(None);
        }
        T::from_lua(value, lua).map(Some)
    }
}
