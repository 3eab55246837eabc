//! Lua values into data.

use ::serde::de::{
    self, DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

use super::{Failure, Inside, list_len};
use crate::embed::{FromLua, Lua, Pairs};
use crate::error::ErrorKind;
use crate::value::{Table, Unpacked, Value};

/// Reads one Lua value.
#[derive(Clone, Copy)]
pub(super) struct Deserializer<'w, 'r> {
    lua: Lua<'r>,
    value: Value<'r>,
    outer: Option<&'w Inside<'w, 'r>>,
}

impl<'w, 'r> Deserializer<'w, 'r> {
    pub(super) fn new(lua: Lua<'r>, value: Value<'r>) -> Self {
        let outer = None;
        Self { lua, value, outer }
    }

    /// A reader of what is inside of `table`.
    fn inside(lua: Lua<'r>, value: Value<'r>, inside: &'w Inside<'w, 'r>) -> Self {
        let outer = Some(inside);
        Self { lua, value, outer }
    }

    #[cold]
    fn unexpected(self, expected: &str) -> Failure<'r> {
        let found = self.lua.state.type_name_of(self.value);
        Failure::new(format_args!("{expected} expected, got {found}"))
    }

    fn table(self) -> Result<Table<'r>, Failure<'r>> {
        self.value
            .as_table()
            .ok_or_else(|| self.unexpected("table"))
    }

    fn enter(self, table: Table<'r>) -> Result<Inside<'w, 'r>, Failure<'r>> {
        Inside::enter(self.outer, table).map_err(Failure::new)
    }

    /// The value as [`FromLua`] converts it.
    fn convert<T: FromLua<'r>>(self) -> Result<T, Failure<'r>> {
        T::from_lua(self.value, self.lua).map_err(|error| match error.kind() {
            ErrorKind::Conversion => Failure::new(error),
            _ => error.into(),
        })
    }

    fn bytes(self) -> Result<&'r [u8], Failure<'r>> {
        self.convert()
    }

    fn list<V: Visitor<'r>>(
        self,
        table: Table<'r>,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Failure<'r>> {
        let inside = self.enter(table)?;
        let mut items = Items {
            lua: self.lua,
            inside: &inside,
            next: 1,
            len: len as i64,
        };
        let result = visitor.visit_seq(&mut items)?;
        match items.len + 1 - items.next {
            0 => Ok(result),
            _ => Err(Failure::new(format_args!("too many items: {len}"))),
        }
    }

    fn map<V: Visitor<'r>>(self, table: Table<'r>, visitor: V) -> Result<V::Value, Failure<'r>> {
        let inside = self.enter(table)?;
        visitor.visit_map(Entries {
            lua: self.lua,
            inside: &inside,
            pairs: table.pairs(),
            current: (Value::NIL, Value::NIL),
        })
    }
}

/// Numbers are read as [`FromLua`] reads them, with its checks of range.
macro_rules! numbers {
    ($($method:ident $visit:ident: $type:ty,)*) => {$(
        fn $method<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Failure<'r>> {
            visitor.$visit(self.convert::<$type>()?)
        }
    )*};
}

impl<'r> de::Deserializer<'r> for Deserializer<'_, 'r> {
    type Error = Failure<'r>;

    numbers! {
        deserialize_i8 visit_i8: i8,
        deserialize_i16 visit_i16: i16,
        deserialize_i32 visit_i32: i32,
        deserialize_i64 visit_i64: i64,
        deserialize_i128 visit_i128: i128,
        deserialize_u8 visit_u8: u8,
        deserialize_u16 visit_u16: u16,
        deserialize_u32 visit_u32: u32,
        deserialize_u64 visit_u64: u64,
        deserialize_u128 visit_u128: u128,
        deserialize_f32 visit_f32: f32,
        deserialize_f64 visit_f64: f64,
        deserialize_char visit_char: char,
        deserialize_str visit_borrowed_str: &'r str,
        deserialize_string visit_borrowed_str: &'r str,
    }

    fn deserialize_any<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Failure<'r>> {
        match self.value.unpack() {
            Unpacked::Nil => visitor.visit_unit(),
            Unpacked::Bool(value) => visitor.visit_bool(value),
            Unpacked::Int(value) => visitor.visit_i64(value),
            Unpacked::Float(value) => visitor.visit_f64(value),
            Unpacked::Str(_) => {
                let bytes = self.bytes()?;
                match core::str::from_utf8(bytes) {
                    Ok(text) => visitor.visit_borrowed_str(text),
                    Err(_) => visitor.visit_borrowed_bytes(bytes),
                }
            }
            Unpacked::Table(table) => match list_len(table) {
                Some(len) => self.list(table, len, visitor),
                None => self.map(table, visitor),
            },
            _ => Err(self.unexpected("data")),
        }
    }

    fn deserialize_bool<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Failure<'r>> {
        match self.value.as_bool() {
            Some(value) => visitor.visit_bool(value),
            None => Err(self.unexpected("boolean")),
        }
    }

    fn deserialize_bytes<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Failure<'r>> {
        match self.value.as_table() {
            Some(_) => self.deserialize_seq(visitor),
            None => visitor.visit_borrowed_bytes(self.bytes()?),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Failure<'r>> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Failure<'r>> {
        if self.value.is_nil() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Failure<'r>> {
        if self.value.is_nil() {
            visitor.visit_unit()
        } else {
            Err(self.unexpected("nil"))
        }
    }

    fn deserialize_unit_struct<V: Visitor<'r>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure<'r>> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'r>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure<'r>> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Failure<'r>> {
        let table = self.table()?;
        let len = usize::try_from(table.raw_len()).unwrap_or(0);
        self.list(table, len, visitor)
    }

    fn deserialize_tuple<V: Visitor<'r>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Failure<'r>> {
        // Nil at the end is an item as well, which the table's length does not count.
        let table = self.table()?;
        let found = usize::try_from(table.raw_len()).unwrap_or(0);
        self.list(table, len.max(found), visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'r>>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Failure<'r>> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Failure<'r>> {
        let table = self.table()?;
        self.map(table, visitor)
    }

    fn deserialize_struct<V: Visitor<'r>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure<'r>> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'r>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure<'r>> {
        let Some(table) = self.value.as_table() else {
            let (variant, content) = (self, None);
            return visitor.visit_enum(Variant { variant, content });
        };
        let mut pairs = table.pairs();
        let (Some((name, content)), None) = (pairs.next(), pairs.next()) else {
            return Err(self.unexpected("a variant's name, or a table with it as its one key"));
        };
        let inside = self.enter(table)?;
        visitor
            .visit_enum(Variant {
                variant: Deserializer::inside(self.lua, name, &inside),
                content: Some(Deserializer::inside(self.lua, content, &inside)),
            })
            .map_err(|error| error.at_key(name))
    }

    fn deserialize_identifier<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Failure<'r>> {
        match self.value.as_int() {
            Some(index) => visitor.visit_i64(index),
            None => self.deserialize_str(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'r>>(self, visitor: V) -> Result<V::Value, Failure<'r>> {
        visitor.visit_unit()
    }
}

/// The items of a list.
struct Items<'w, 'r> {
    lua: Lua<'r>,
    inside: &'w Inside<'w, 'r>,
    next: i64,
    len: i64,
}

impl<'r> SeqAccess<'r> for &mut Items<'_, 'r> {
    type Error = Failure<'r>;

    fn next_element_seed<T: DeserializeSeed<'r>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Failure<'r>> {
        if self.next > self.len {
            return Ok(None);
        }
        let index = self.next;
        self.next += 1;
        let item = self.inside.table.raw_get_int(index);
        seed.deserialize(Deserializer::inside(self.lua, item, self.inside))
            .map(Some)
            .map_err(|error| error.at(&index, false))
    }

    fn size_hint(&self) -> Option<usize> {
        usize::try_from(self.len + 1 - self.next).ok()
    }
}

/// The entries of a table.
struct Entries<'w, 'r> {
    lua: Lua<'r>,
    inside: &'w Inside<'w, 'r>,
    pairs: Pairs<'r>,
    current: (Value<'r>, Value<'r>),
}

impl<'r> MapAccess<'r> for Entries<'_, 'r> {
    type Error = Failure<'r>;

    fn next_key_seed<K: DeserializeSeed<'r>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Failure<'r>> {
        let Some(entry) = self.pairs.next() else {
            return Ok(None);
        };
        self.current = entry;
        seed.deserialize(Deserializer::inside(self.lua, entry.0, self.inside))
            .map(Some)
            .map_err(|error| error.at_key(entry.0))
    }

    fn next_value_seed<V: DeserializeSeed<'r>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, Failure<'r>> {
        let (key, value) = self.current;
        seed.deserialize(Deserializer::inside(self.lua, value, self.inside))
            .map_err(|error| error.at_key(key))
    }
}

/// A variant's name, and what it carries.
struct Variant<'w, 'r> {
    variant: Deserializer<'w, 'r>,
    content: Option<Deserializer<'w, 'r>>,
}

impl<'r> EnumAccess<'r> for Variant<'_, 'r> {
    type Error = Failure<'r>;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'r>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self), Failure<'r>> {
        Ok((seed.deserialize(self.variant)?, self))
    }
}

impl<'w, 'r> Variant<'w, 'r> {
    fn content(&self) -> Result<Deserializer<'w, 'r>, Failure<'r>> {
        self.content
            .ok_or_else(|| Failure::new("the variant carries nothing"))
    }
}

impl<'r> VariantAccess<'r> for Variant<'_, 'r> {
    type Error = Failure<'r>;

    fn unit_variant(self) -> Result<(), Failure<'r>> {
        match self.content {
            None => Ok(()),
            Some(content) => de::Deserialize::deserialize(content),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'r>>(
        self,
        seed: T,
    ) -> Result<T::Value, Failure<'r>> {
        seed.deserialize(self.content()?)
    }

    fn tuple_variant<V: Visitor<'r>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Failure<'r>> {
        de::Deserializer::deserialize_tuple(self.content()?, len, visitor)
    }

    fn struct_variant<V: Visitor<'r>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure<'r>> {
        de::Deserializer::deserialize_map(self.content()?, visitor)
    }
}
