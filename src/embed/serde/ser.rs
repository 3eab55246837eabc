//! Data into Lua values, and Lua values as data.

use ::serde::ser::{
    self, Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct,
    SerializeStructVariant, SerializeTuple, SerializeTupleStruct, SerializeTupleVariant,
};

use super::{Failure, Inside, list_len};
use crate::embed::{IntoLua, Lua};
use crate::error::Error;
use crate::value::{Table, Unpacked, Value};

/// Items of a sequence that room is made for before any is there.
const RESERVED_MAX: usize = 1 << 16;

/// Writes Lua values.
#[derive(Clone, Copy)]
pub(super) struct Serializer<'r> {
    pub(super) lua: Lua<'r>,
}

impl<'r> Serializer<'r> {
    fn table(self, list: usize, hash: usize) -> Result<Table<'r>, Failure<'r>> {
        let (list, hash) = (list.min(RESERVED_MAX), hash.min(RESERVED_MAX));
        let table = Table::new(&self.lua.state.store, list, hash);
        table.map_err(|error| Error::from(error).into())
    }

    fn list(self, len: usize, variant: Option<&'static str>) -> Result<List<'r>, Failure<'r>> {
        Ok(List {
            serializer: self,
            table: self.table(len, 0)?,
            index: 0,
            variant,
        })
    }

    fn map(self, len: usize, variant: Option<&'static str>) -> Result<Map<'r>, Failure<'r>> {
        Ok(Map {
            serializer: self,
            table: self.table(0, len)?,
            key: Value::NIL,
            variant,
        })
    }

    /// The value, or a table with the variant's name as its key.
    fn wrapped(
        self,
        variant: Option<&'static str>,
        value: Value<'r>,
    ) -> Result<Value<'r>, Failure<'r>> {
        let Some(name) = variant else {
            return Ok(value);
        };
        let table = self.table(0, 1)?;
        self.lua.raw_set(table, name, value)?;
        Ok(table.to_value())
    }
}

/// Values of Rust's own types become what [`IntoLua`] makes of them.
macro_rules! plain {
    ($($method:ident: $type:ty,)*) => {$(
        fn $method(self, value: $type) -> Result<Value<'r>, Failure<'r>> {
            value.into_lua(self.lua).map_err(Failure::of)
        }
    )*};
}

impl<'r> Failure<'r> {
    /// The failure of a conversion: its message is told with the path to it.
    fn of(error: Error<'r>) -> Self {
        match error.kind() {
            crate::error::ErrorKind::Conversion => Self::new(error),
            _ => error.into(),
        }
    }
}

impl<'r> ser::Serializer for Serializer<'r> {
    type Ok = Value<'r>;
    type Error = Failure<'r>;
    type SerializeSeq = List<'r>;
    type SerializeTuple = List<'r>;
    type SerializeTupleStruct = List<'r>;
    type SerializeTupleVariant = List<'r>;
    type SerializeMap = Map<'r>;
    type SerializeStruct = Map<'r>;
    type SerializeStructVariant = Map<'r>;

    plain! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_i128: i128,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_u128: u128,
        serialize_f32: f32,
        serialize_f64: f64,
        serialize_char: char,
        serialize_str: &str,
        serialize_bytes: &[u8],
    }

    fn serialize_none(self) -> Result<Value<'r>, Failure<'r>> {
        Ok(Value::NIL)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value<'r>, Failure<'r>> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value<'r>, Failure<'r>> {
        Ok(Value::NIL)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value<'r>, Failure<'r>> {
        Ok(Value::NIL)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<Value<'r>, Failure<'r>> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Value<'r>, Failure<'r>> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value<'r>, Failure<'r>> {
        let value = value
            .serialize(self)
            .map_err(|error| error.at(&variant, true))?;
        self.wrapped(Some(variant), value)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<List<'r>, Failure<'r>> {
        self.list(len.unwrap_or(0), None)
    }

    fn serialize_tuple(self, len: usize) -> Result<List<'r>, Failure<'r>> {
        self.list(len, None)
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<List<'r>, Failure<'r>> {
        self.list(len, None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<List<'r>, Failure<'r>> {
        self.list(len, Some(variant))
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Map<'r>, Failure<'r>> {
        self.map(len.unwrap_or(0), None)
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Map<'r>, Failure<'r>> {
        self.map(len, None)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Map<'r>, Failure<'r>> {
        self.map(len, Some(variant))
    }
}

/// A list in the making.
pub(super) struct List<'r> {
    serializer: Serializer<'r>,
    table: Table<'r>,
    index: i64,
    variant: Option<&'static str>,
}

impl<'r> List<'r> {
    fn push<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Failure<'r>> {
        self.index += 1;
        let item = item.serialize(self.serializer);
        let item = item.map_err(|error| error.at(&self.index, false))?;
        let store = &self.serializer.lua.state.store;
        let set = self.table.raw_set_int(store, self.index, item);
        set.map_err(|error| Error::from(error).into())
    }

    fn finish(self) -> Result<Value<'r>, Failure<'r>> {
        self.serializer.wrapped(self.variant, self.table.to_value())
    }
}

macro_rules! lists {
    ($($name:ident $method:ident;)*) => {$(
        impl<'r> $name for List<'r> {
            type Ok = Value<'r>;
            type Error = Failure<'r>;

            fn $method<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Failure<'r>> {
                self.push(item)
            }

            fn end(self) -> Result<Value<'r>, Failure<'r>> {
                self.finish()
            }
        }
    )*};
}

lists! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

/// A table in the making.
pub(super) struct Map<'r> {
    serializer: Serializer<'r>,
    table: Table<'r>,
    key: Value<'r>,
    variant: Option<&'static str>,
}

impl<'r> Map<'r> {
    fn set<T: Serialize + ?Sized>(&mut self, key: Value<'r>, item: &T) -> Result<(), Failure<'r>> {
        let item = item.serialize(self.serializer);
        let item = item.map_err(|error| error.at_key(key))?;
        if key.is_nil() {
            return Err(Failure::new("nil cannot be a key"));
        }
        Ok(self.serializer.lua.raw_set(self.table, key, item)?)
    }

    fn field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        item: &T,
    ) -> Result<(), Failure<'r>> {
        let key = name.into_lua(self.serializer.lua)?;
        self.set(key, item)
    }

    fn finish(self) -> Result<Value<'r>, Failure<'r>> {
        self.serializer.wrapped(self.variant, self.table.to_value())
    }
}

impl<'r> SerializeMap for Map<'r> {
    type Ok = Value<'r>;
    type Error = Failure<'r>;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Failure<'r>> {
        self.key = key.serialize(self.serializer)?;
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure<'r>> {
        self.set(self.key, value)
    }

    fn end(self) -> Result<Value<'r>, Failure<'r>> {
        self.finish()
    }
}

macro_rules! structs {
    ($($name:ident)*) => {$(
        impl<'r> $name for Map<'r> {
            type Ok = Value<'r>;
            type Error = Failure<'r>;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Failure<'r>> {
                self.field(name, value)
            }

            fn end(self) -> Result<Value<'r>, Failure<'r>> {
                self.finish()
            }
        }
    )*};
}

structs! { SerializeStruct SerializeStructVariant }

/// A value and the tables that the walk to it went through.
struct Walked<'w, 'r> {
    value: Value<'r>,
    outer: Option<&'w Inside<'w, 'r>>,
}

impl Serialize for Walked<'_, '_> {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let table = match self.value.unpack() {
            Unpacked::Nil => return serializer.serialize_unit(),
            Unpacked::Bool(value) => return serializer.serialize_bool(value),
            Unpacked::Int(value) => return serializer.serialize_i64(value),
            Unpacked::Float(value) => return serializer.serialize_f64(value),
            Unpacked::Str(text) => {
                return match core::str::from_utf8(text.as_bytes()) {
                    Ok(text) => serializer.serialize_str(text),
                    Err(_) => serializer.serialize_bytes(text.as_bytes()),
                };
            }
            Unpacked::Table(table) => table,
            _ => {
                let name = self.value.type_name();
                return Err(S::Error::custom(format_args!("a {name} is no data")));
            }
        };
        let inside = Inside::enter(self.outer, table).map_err(S::Error::custom)?;
        let walked = |value| Walked {
            value,
            outer: Some(&inside),
        };
        match list_len(table) {
            Some(len) => {
                let mut list = serializer.serialize_seq(Some(len))?;
                for index in 1..=len as i64 {
                    list.serialize_element(&walked(table.raw_get_int(index)))?;
                }
                list.end()
            }
            None => {
                let mut map = serializer.serialize_map(Some(table.pairs().count()))?;
                for (key, value) in table.pairs() {
                    map.serialize_entry(&walked(key), &walked(value))?;
                }
                map.end()
            }
        }
    }
}

/// A table is a sequence if its keys are just 1 to n and it is not empty, else a map; see
/// [`Serde`](super::Serde). Functions, coroutines and host objects are errors.
impl Serialize for Value<'_> {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (value, outer) = (*self, None);
        Walked { value, outer }.serialize(serializer)
    }
}

/// As the [`Value`] that it is.
impl Serialize for Table<'_> {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}
