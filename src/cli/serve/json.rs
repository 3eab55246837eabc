//! The module `json`: values of scripts as JSON text, and back.
#![forbid(unsafe_code)]
//!
//! - **JS1** The text of a value is bounded by what is left of the region's budget, and work on it
//!   charges fuel: a table that contains another a thousand times is no way around the bounds.
//! - **JS2** Neither direction recurses deeper than `DEPTH_MAX`.

use std::cell::{Cell, RefCell};
use std::fmt;

use lunette::{EngineBuilder, Error, IntoLua, Lua, Str, Table, Unpacked, Value};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::Serialize;

/// How deep values may be nested: that of serde_json.
const DEPTH_MAX: usize = 127;
/// After how many bytes of text fuel is charged and the budget looked at.
const CHECK_BYTES: usize = 4 << 10;
/// The largest buffer that a thread keeps, in bytes.
const BUFFER_KEPT_MAX: usize = 256 << 10;
/// The field of a metatable that says of an empty table what it is.
const MARK: &str = "__json";

thread_local! {
    /// The text that is being made.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Gives scripts the module.
pub(super) fn add_to(builder: EngineBuilder) -> EngineBuilder {
    builder.module("json", |module| {
        module
            .function("encode", |lua, value: Value<'_>| {
                let text = encoded(lua, value)?;
                let result = lua.str(&text);
                keep(text);
                result
            })
            .function("decode", |lua, (text, null): (Str<'_>, Value<'_>)| {
                decode(lua, text.as_bytes(), null)
            })
            .function("array", |lua, table: Option<Table<'_>>| {
                let table = match table {
                    Some(table) => table,
                    None => new_table(lua)?,
                };
                mark(lua, table)?;
                Ok(table)
            })
            .function("null", |lua, ()| {
                Err::<(), _>(lua.error("json.null is a value, not a function to call"))
            });
    })
}

fn new_table<'r>(lua: Lua<'r>) -> Result<Table<'r>, Error<'r>> {
    lua.table(std::iter::empty::<(Value<'r>, Value<'r>)>())
}

/// Notes that an empty table is a list.
fn mark<'r>(lua: Lua<'r>, table: Table<'r>) -> Result<(), Error<'r>> {
    table.set_metatable(Some(lua.table([(MARK, "array")])?));
    Ok(())
}

/// The text of a value, in a buffer that [`keep`] may have again.
///
/// # Errors
/// The value has no form in JSON, or the text is too long.
pub(super) fn encoded<'r>(lua: Lua<'r>, value: Value<'r>) -> Result<Vec<u8>, Error<'r>> {
    let mut encoder = Encoder {
        lua,
        text: BUFFER.take(),
        next_check: CHECK_BYTES,
    };
    encoder.text.clear();
    encoder.value(value, 0)?;
    Ok(encoder.text)
}

/// Keeps a buffer for the next text.
fn keep(buffer: Vec<u8>) {
    if buffer.capacity() <= BUFFER_KEPT_MAX {
        BUFFER.set(buffer);
    }
}

struct Encoder<'r> {
    lua: Lua<'r>,
    text: Vec<u8>,
    next_check: usize,
}

impl<'r> Encoder<'r> {
    fn value(&mut self, value: Value<'r>, depth: usize) -> Result<(), Error<'r>> {
        match value.unpack() {
            Unpacked::Nil => self.text.extend_from_slice(b"null"),
            Unpacked::Bool(true) => self.text.extend_from_slice(b"true"),
            Unpacked::Bool(false) => self.text.extend_from_slice(b"false"),
            Unpacked::Int(int) => self.write(&int)?,
            Unpacked::Float(float) if float.is_finite() => self.write(&float)?,
            Unpacked::Float(_) => return Err(self.lua.error("JSON has no infinity and no NaN")),
            Unpacked::Str(text) => self.string(text)?,
            Unpacked::Table(table) => self.table(table, depth)?,
            _ if self.is_null(value)? => self.text.extend_from_slice(b"null"),
            _ => {
                let type_name = value.type_name();
                return Err(self
                    .lua
                    .error(format!("JSON has no form for a {type_name} value")));
            }
        }
        self.check()
    }

    /// Whether the value is the module's own `null`.
    fn is_null(&self, value: Value<'r>) -> Result<bool, Error<'r>> {
        let module: Option<Table<'r>> = self.lua.global("json")?;
        let null = match module {
            Some(module) => self.lua.raw_get::<Value<'r>>(module, "null")?,
            None => Value::NIL,
        };
        Ok(value.raw_equal(null))
    }

    fn write<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error<'r>> {
        let written = serde_json::to_writer(&mut self.text, value);
        written.map_err(|error| self.lua.error(error.to_string()))
    }

    fn string(&mut self, text: Str<'r>) -> Result<(), Error<'r>> {
        let bytes = text.as_bytes();
        if bytes.len() <= SHORT_MAX {
            let (words, starts) = short_words(bytes);
            if !words.iter().any(|word| is_special(*word)) {
                let mut quoted = [b'"'; SHORT_MAX + 2];
                for (word, start) in words.iter().zip(starts) {
                    quoted[1 + start..][..8].copy_from_slice(&word.to_le_bytes());
                }
                quoted[1 + bytes.len()] = b'"';
                // All of a known size, and then what is too much away: no call to copy it.
                let end = self.text.len() + bytes.len() + 2;
                self.text.extend_from_slice(&quoted);
                self.text.truncate(end);
                return Ok(());
            }
        } else if is_plain(bytes) {
            self.text.reserve(bytes.len() + 2);
            self.text.push(b'"');
            self.text.extend_from_slice(bytes);
            self.text.push(b'"');
            return Ok(());
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => self.write(text),
            Err(_) => Err(self.lua.error("string is not valid UTF-8")),
        }
    }

    /// Charges for the text that was added, and compares it with what may still be used (JS1).
    fn check(&mut self) -> Result<(), Error<'r>> {
        if self.text.len() < self.next_check {
            return Ok(());
        }
        self.lua.charge((CHECK_BYTES / 64) as u64)?;
        self.next_check = self.text.len() + CHECK_BYTES;
        let used_bytes = self.lua.stats().memory.used_bytes;
        let limit_bytes = self.lua.budget().limit_bytes();
        match self.text.len() > limit_bytes.saturating_sub(used_bytes) {
            true => Err(self.lua.error("JSON text exceeds the memory limit")),
            false => Ok(()),
        }
    }

    fn table(&mut self, table: Table<'r>, depth: usize) -> Result<(), Error<'r>> {
        if depth >= DEPTH_MAX {
            return Err(self
                .lua
                .error("tables are nested too deeply, or contain themselves"));
        }
        self.lua.charge(1)?;
        match table.raw_len() {
            0 => self.object(table, depth),
            count => self.list(table, count, depth),
        }
    }

    fn list(&mut self, table: Table<'r>, count: i64, depth: usize) -> Result<(), Error<'r>> {
        let entry_max = usize::try_from(count)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        if table.pairs().take(entry_max).count() as i64 != count {
            return Err(self
                .lua
                .error("table is neither a list nor without list items"));
        }
        for index in 1..=count {
            self.text.push(if index == 1 { b'[' } else { b',' });
            self.value(table.raw_get_int(index), depth + 1)?;
        }
        self.text.push(b']');
        Ok(())
    }

    fn object(&mut self, table: Table<'r>, depth: usize) -> Result<(), Error<'r>> {
        let mut separator = b'{';
        for (key, value) in table.pairs() {
            self.text.push(separator);
            separator = b',';
            match key.unpack() {
                Unpacked::Str(name) => self.string(name)?,
                Unpacked::Int(_) | Unpacked::Float(_) => {
                    let name = self.lua.to_text(key)?;
                    self.string(name)?;
                }
                _ => {
                    let type_name = key.type_name();
                    let message = format!("JSON has no form for a {type_name} value as a key");
                    return Err(self.lua.error(message));
                }
            }
            self.text.push(b':');
            self.value(value, depth + 1)?;
        }
        match separator {
            b',' => self.text.push(b'}'),
            _ if is_marked(self.lua, table)? => self.text.extend_from_slice(b"[]"),
            _ => self.text.extend_from_slice(b"{}"),
        }
        Ok(())
    }
}

/// The longest string that is looked at in two words, in bytes.
const SHORT_MAX: usize = 16;

/// A string of up to `SHORT_MAX` bytes in two words, and where in it these begin: they overlap
/// where there is less than two, and blanks follow where there is less than one.
#[inline]
fn short_words(bytes: &[u8]) -> ([u64; 2], [usize; 2]) {
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let words = [*first, *last].map(u64::from_le_bytes);
        return (words, [0, bytes.len() - 8]);
    }
    let mut word = u64::from_le_bytes([b' '; 8]);
    for byte in bytes.iter().rev() {
        word = word << 8 | u64::from(*byte);
    }
    ([word; 2], [0; 2])
}

/// Whether one of eight bytes is escaped in JSON, or not ASCII.
#[inline(always)]
fn is_special(word: u64) -> bool {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    // The upper bit of a byte is set where it is zero; bytes above 127 are special anyway.
    let zeros = |word: u64| word.wrapping_sub(ONES);
    let quote = zeros(word ^ (ONES * u64::from(b'"')));
    let backslash = zeros(word ^ (ONES * u64::from(b'\\')));
    let control = word.wrapping_sub(ONES * 0x20);
    (word | quote | backslash | control) & HIGH != 0
}

/// Whether a string stands for itself between quotes: ASCII, and nothing that is escaped. Most do,
/// and eight bytes are looked at a time.
fn is_plain(bytes: &[u8]) -> bool {
    if bytes.len() <= SHORT_MAX {
        return !short_words(bytes).0.iter().any(|word| is_special(*word));
    }
    let is_special = |word: &[u8; 8]| is_special(u64::from_le_bytes(*word));
    // The last eight bytes, be it some of them again.
    !bytes.as_chunks().0.iter().any(is_special) && !bytes.last_chunk().is_some_and(is_special)
}

/// Whether an empty table is a list.
fn is_marked<'r>(lua: Lua<'r>, table: Table<'r>) -> Result<bool, Error<'r>> {
    let Some(metatable) = table.metatable() else {
        return Ok(false);
    };
    let mark: Value<'r> = lua.raw_get(metatable, MARK)?;
    Ok(mark
        .as_str()
        .is_some_and(|mark| mark.as_bytes() == b"array"))
}

/// The value of a text; nil and a message if it is not JSON.
fn decode<'r>(
    lua: Lua<'r>,
    text: &[u8],
    null: Value<'r>,
) -> Result<(Value<'r>, Option<String>), Error<'r>> {
    let decoder = Decoder {
        lua,
        null,
        failure: &Cell::new(None),
    };
    let mut source = serde_json::Deserializer::from_slice(text);
    let value = decoder.deserialize(&mut source);
    let value = value.and_then(|value| source.end().map(|()| value));
    if let Some(failure) = decoder.failure.take() {
        return Err(failure);
    }
    Ok(match value {
        Ok(value) => (value, None),
        Err(error) => (Value::NIL, Some(error.to_string())),
    })
}

/// Builds values while serde_json reads.
#[derive(Clone, Copy)]
struct Decoder<'a, 'r> {
    lua: Lua<'r>,
    /// What stands for `null`.
    null: Value<'r>,
    /// Why the region refused; serde's errors cannot carry it.
    failure: &'a Cell<Option<Error<'r>>>,
}

impl<'r> Decoder<'_, 'r> {
    fn checked<T, E: serde::de::Error>(self, result: Result<T, Error<'r>>) -> Result<T, E> {
        result.map_err(|error| {
            self.failure.set(Some(error));
            E::custom("refused by the region")
        })
    }
}

impl<'de, 'r> DeserializeSeed<'de> for Decoder<'_, 'r> {
    type Value = Value<'r>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value<'r>, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de, 'r> Visitor<'de> for Decoder<'_, 'r> {
    type Value = Value<'r>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value<'r>, E> {
        Ok(self.null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'r>, E> {
        Ok(Value::bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value<'r>, E> {
        Ok(Value::int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value<'r>, E> {
        // As Lua reads a numeral that no integer can hold.
        Ok(i64::try_from(value).map_or(Value::float(value as f64), Value::int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value<'r>, E> {
        Ok(Value::float(value))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value<'r>, E> {
        self.checked(text.into_lua(self.lua))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'r>, A::Error> {
        let table = self.checked(new_table(self.lua))?;
        let mut index = 0_i64;
        while let Some(item) = items.next_element_seed(self)? {
            index += 1;
            self.checked(self.lua.charge(1))?;
            self.checked(self.lua.raw_set(table, index, item))?;
        }
        if index == 0 {
            self.checked(mark(self.lua, table))?;
        }
        Ok(table.to_value())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value<'r>, A::Error> {
        let table = self.checked(new_table(self.lua))?;
        while let Some(name) = entries.next_key_seed(self)? {
            let value = entries.next_value_seed(self)?;
            self.checked(self.lua.charge(1))?;
            self.checked(self.lua.raw_set(table, name, value))?;
        }
        Ok(table.to_value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_strings_are_those_that_serde_json_leaves_as_they_are() {
        let mut bytes = *b"some text that is longer";
        for place in 0..bytes.len() {
            for byte in 0..=255 {
                let before = std::mem::replace(&mut bytes[place], byte);
                let text = std::str::from_utf8(&bytes).ok();
                let text = text.filter(|text| text.is_ascii());
                let json = text.and_then(|text| serde_json::to_string(text).ok());
                let stays = json.is_some_and(|json| json.len() == bytes.len() + 2);
                assert_eq!(is_plain(&bytes), stays, "{byte} at {place}");
                bytes[place] = before;
            }
        }
        assert!(is_plain(b"") && is_plain(b"a") && !is_plain(b"a\n"));
    }
}
