//! How host functions read their arguments, with errors in Lua's words.
#![forbid(unsafe_code)]
//!
//! Positions count from 1, as messages do.

use super::names::Message;
use super::native::Call;
use super::symbols;
use crate::error::{Error, ErrorKind};
use crate::value::{Str, Table, Thread, Unpacked, Value, coerce, number};

impl<'r> Call<'r> {
    /// An error with `message` and the position of the caller.
    #[cold]
    pub(crate) fn error(&self, message: &[u8]) -> Error<'r> {
        self.state.error_at(1, message)
    }

    /// An error whose message is made of parts, with the position of the caller.
    #[cold]
    pub(crate) fn error_parts(&self, parts: &[&[u8]]) -> Error<'r> {
        self.state.error_parts(parts)
    }

    /// `bad argument #<position> to '<function>' (<message>)`.
    #[cold]
    pub(crate) fn arg_error(&self, position: usize, message: &[u8]) -> Error<'r> {
        let mut text = Message::new();
        let called = self.state.called_name();
        let mut position = position;
        if called.as_ref().is_some_and(|name| name.kind == "method") {
            // The object before the colon is not counted.
            position -= 1;
            if position == 0 {
                let name = called.as_ref().map_or(Str::literal("?"), |name| name.name);
                text.push(b"calling '")
                    .push(name.as_bytes())
                    .push(b"' on bad self (");
                text.push(message).push(b")");
                return self.error(text.as_bytes());
            }
        }
        text.push(b"bad argument #")
            .push_number(position as u64)
            .push(b" to '");
        match called {
            Some(name) => text.push(name.name.as_bytes()),
            None => match self.state.loaded_name(self.state.thread().get(self.slot)) {
                Ok(Some(name)) => text.push(name.as_bytes()),
                Ok(None) => text.push(b"?"),
                Err(error) => return error,
            },
        };
        text.push(b"' (").push(message).push(b")");
        self.error(text.as_bytes())
    }

    /// `bad argument ... (<expected> expected, got <type>)`.
    #[cold]
    pub(crate) fn type_error(&self, position: usize, expected: &str) -> Error<'r> {
        let mut text = Message::new();
        text.push(expected.as_bytes()).push(b" expected, got ");
        let value = self.arg(position);
        if value.as_userdata().is_some_and(|object| object.is_light()) {
            text.push(b"light userdata");
        } else if self.has(position) {
            text.push(self.state.type_name_of(value).as_bytes());
        } else {
            text.push(b"no value");
        }
        self.arg_error(position, text.as_bytes())
    }

    /// Any value, but there must be one.
    ///
    /// # Errors
    /// There is none.
    pub(crate) fn any(&self, position: usize) -> Result<Value<'r>, Error<'r>> {
        if self.has(position) {
            Ok(self.arg(position))
        } else {
            Err(self.arg_error(position, b"value expected"))
        }
    }

    /// An integer, or what converts to one.
    ///
    /// # Errors
    /// It does not.
    #[inline]
    pub(crate) fn int(&self, position: usize) -> Result<i64, Error<'r>> {
        match self.arg(position).as_int() {
            Some(int) => Ok(int),
            None => self.int_slow(position),
        }
    }

    #[inline(never)]
    fn int_slow(&self, position: usize) -> Result<i64, Error<'r>> {
        let value = self.arg(position);
        self.state.charge_text(value)?;
        coerce::text_to_int(value).ok_or_else(|| {
            if coerce::text_to_number(value).is_some() {
                self.arg_error(position, b"number has no integer representation")
            } else {
                self.type_error(position, "number")
            }
        })
    }

    /// As [`Call::int`], or `default` for nil or none.
    ///
    /// # Errors
    /// There is a value that does not convert.
    #[inline]
    pub(crate) fn int_or(&self, position: usize, default: i64) -> Result<i64, Error<'r>> {
        if self.arg(position).is_nil() {
            Ok(default)
        } else {
            self.int(position)
        }
    }

    /// A number, as a float.
    ///
    /// # Errors
    /// It is not one, and no numeral.
    #[inline]
    pub(crate) fn float(&self, position: usize) -> Result<f64, Error<'r>> {
        match self.arg(position).unpack() {
            Unpacked::Float(float) => Ok(float),
            Unpacked::Int(int) => Ok(int as f64),
            _ => {
                let value = self.arg(position);
                self.state.charge_text(value)?;
                coerce::text_to_float(value).ok_or_else(|| self.type_error(position, "number"))
            }
        }
    }

    /// A number, integer or float as it is; numerals are converted.
    ///
    /// # Errors
    /// It is not one, and no numeral.
    #[inline]
    pub(crate) fn number(&self, position: usize) -> Result<Value<'r>, Error<'r>> {
        let value = self.arg(position);
        self.state.charge_text(value)?;
        coerce::text_to_number(value).ok_or_else(|| self.type_error(position, "number"))
    }

    /// A string; numbers are converted.
    ///
    /// # Errors
    /// It is neither, or there is no room for the number's text.
    #[inline]
    pub(crate) fn string(&self, position: usize) -> Result<Str<'r>, Error<'r>> {
        match self.arg(position).as_str() {
            Some(text) => Ok(text),
            None => self.string_slow(position),
        }
    }

    #[inline(never)]
    fn string_slow(&self, position: usize) -> Result<Str<'r>, Error<'r>> {
        let value = self.arg(position);
        if value.is_number() {
            self.state.number_text(value)
        } else {
            Err(self.type_error(position, "string"))
        }
    }

    /// As [`Call::string`], `None` for nil or none.
    ///
    /// # Errors
    /// There is a value that does not convert.
    pub(crate) fn string_opt(&self, position: usize) -> Result<Option<Str<'r>>, Error<'r>> {
        if self.arg(position).is_nil() {
            Ok(None)
        } else {
            self.string(position).map(Some)
        }
    }

    /// As [`Call::string`], for a text that is read to its end: charges for that.
    ///
    /// # Errors
    /// As there; or fuel, deadline or cancel ends the run.
    pub(crate) fn whole_string(&self, position: usize) -> Result<Str<'r>, Error<'r>> {
        let text = self.string(position)?;
        self.state.charge_bytes(text.len())?;
        Ok(text)
    }

    /// As [`Call::whole_string`], `None` for nil or none.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn whole_string_opt(&self, position: usize) -> Result<Option<Str<'r>>, Error<'r>> {
        if self.arg(position).is_nil() {
            Ok(None)
        } else {
            self.whole_string(position).map(Some)
        }
    }

    /// A table.
    ///
    /// # Errors
    /// It is not one.
    #[inline]
    pub(crate) fn table_arg(&self, position: usize) -> Result<Table<'r>, Error<'r>> {
        self.arg(position)
            .as_table()
            .ok_or_else(|| self.type_error(position, "table"))
    }

    /// A function.
    ///
    /// # Errors
    /// It is not one.
    pub(crate) fn function(&self, position: usize) -> Result<Value<'r>, Error<'r>> {
        let value = self.arg(position);
        if value.is_function() {
            Ok(value)
        } else {
            Err(self.type_error(position, "function"))
        }
    }

    /// A coroutine.
    ///
    /// # Errors
    /// It is not one.
    pub(crate) fn thread_arg(&self, position: usize) -> Result<Thread<'r>, Error<'r>> {
        self.arg(position)
            .as_thread()
            .ok_or_else(|| self.type_error(position, "thread"))
    }

    /// One of `options`, by its index; `default` for nil or none.
    ///
    /// # Errors
    /// It is another string, or none.
    pub(crate) fn option(
        &self,
        position: usize,
        default: Option<&str>,
        options: &[&str],
    ) -> Result<usize, Error<'r>> {
        let given = match (default, self.arg(position).is_nil()) {
            (Some(default), true) => self.state.str(default.as_bytes())?,
            _ => self.string(position)?,
        };
        let matches = |option: &&str| option.as_bytes() == given.as_bytes();
        options.iter().position(matches).ok_or_else(|| {
            let mut text = Message::new();
            text.push(b"invalid option '")
                .push(given.as_bytes())
                .push(b"'");
            self.arg_error(position, text.as_bytes())
        })
    }

    /// `value` as text, as `tostring` gives it: `__tostring` and `__name` are asked.
    ///
    /// # Errors
    /// The metamethod raises or gives no string, or there is no room.
    pub(crate) fn to_text(&self, value: Value<'r>) -> Result<Str<'r>, Error<'r>> {
        self.state.to_text(value)
    }
}

impl<'r> super::State<'r> {
    /// What the host function that runs is called by the instruction that called it.
    pub(super) fn called_name(&self) -> Option<symbols::Symbol> {
        let (frame, proto) = self.newest_lua()?;
        // A host function called by another, or by the host, has no name there.
        let slot = self.native_slot.get() as usize;
        if slot < frame.base as usize {
            return None;
        }
        let pc = frame.current_pc(proto);
        self.charge_reading(pc);
        symbols::called_function(proto, pc)
    }

    /// What a function of the libraries is called there, as in `string.rep`; `_G.` is left out.
    ///
    /// # Errors
    /// There is no room for the name.
    pub(crate) fn loaded_name(&self, function: Value<'r>) -> Result<Option<Str<'r>>, Error<'r>> {
        let mut names = [None];
        self.find_library_names(&[function], &mut names);
        let [Some(known)] = names else {
            return Ok(None);
        };
        let Some(module) = known.module else {
            return Ok(Some(known.name));
        };
        let parts = [module, Str::literal("."), known.name];
        Ok(Some(Str::join(&self.store, &parts)?))
    }

    /// `value` as text, as `tostring` gives it; a metamethod runs on the Rust stack.
    ///
    /// # Errors
    /// The metamethod raises or gives no string, or there is no room.
    pub(crate) fn to_text(&self, value: Value<'r>) -> Result<Str<'r>, Error<'r>> {
        let handler = self.metamethod(value, super::Event::ToString);
        if handler.is_nil() {
            return self.plain_text(value);
        }
        let text = self.call_value(handler, &[value])?;
        if text.is_number() {
            return self.number_text(text);
        }
        text.as_str()
            .ok_or_else(|| self.error_at(1, b"'__tostring' must return a string"))
    }

    /// `value` as text without `__tostring`.
    ///
    /// # Errors
    /// There is no room for it.
    pub(crate) fn plain_text(&self, value: Value<'r>) -> Result<Str<'r>, Error<'r>> {
        match value.unpack() {
            Unpacked::Nil => Ok(Str::literal("nil")),
            Unpacked::Bool(true) => Ok(Str::literal("true")),
            Unpacked::Bool(false) => Ok(Str::literal("false")),
            Unpacked::Int(_) | Unpacked::Float(_) => self.number_text(value),
            Unpacked::Str(text) => Ok(text),
            _ => {
                let mut text = Message::new();
                text.push(self.type_name_of(value).as_bytes()).push(b": ");
                push_identity(&mut text, value);
                self.str(text.as_bytes())
            }
        }
    }

    /// The error of a host function that failed at the host's side, with the caller's position.
    #[cold]
    pub(crate) fn host_error(&self, message: &[u8]) -> Error<'r> {
        let error = Error::with_message(&self.store, ErrorKind::Host, message);
        self.add_contexts(&error);
        error
    }
}

/// Appends what tells an object apart from all others of its type, in the shape of an address: its
/// serial number.
pub(crate) fn push_identity(text: &mut Message, value: Value<'_>) {
    let identity = identity_of(value).unwrap_or(0);
    text.push(b"0x");
    for shift in (0..14).rev() {
        let digit = (identity >> (4 * shift)) as usize & 15;
        text.push(&b"0123456789abcdef"[digit..=digit]);
    }
}

/// A number of 14 hexadecimal digits that tells an object apart from all others: its kind and its
/// serial number. Strings have one as well, which equal short strings share; other values have
/// none.
pub(crate) fn identity_of(value: Value<'_>) -> Option<u64> {
    let (kind, serial) = match (value.as_str(), value.header()) {
        (Some(text), _) => (0, text.identity()),
        (None, Some(header)) => (header.kind_index().into(), header.serial()),
        (None, None) => return None,
    };
    Some((0x10 | kind) << 48 | serial)
}

/// Room for the text of any number, for library functions that write numbers themselves.
pub(crate) const NUMBER_TEXT_MAX: usize = number::NUMBER_TEXT_MAX;
