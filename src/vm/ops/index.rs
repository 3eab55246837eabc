//! Reading and writing fields beyond the loop's fast paths: `__index` and `__newindex`.
#![forbid(unsafe_code)]

use crate::error::{Error, ErrorKind};
use crate::value::{SetError, Table, Value};
use crate::vm::call::{Flow, OnReturn, Ret};
use crate::vm::metamethod::Event;
use crate::vm::names::Operand;
use crate::vm::state::State;

/// How many tables a chain of `__index` or `__newindex` may have, as in PUC Lua (`MAXTAGLOOP`).
const CHAIN_MAX: usize = 2000;

/// From so many tables on, each costs a step.
const CHAIN_FREE: usize = 16;

/// What reading a field comes to.
enum Read<'r> {
    Value(Value<'r>),
    /// Call this metamethod with the value that it was found on.
    Call(Value<'r>, Value<'r>),
}

/// What writing a field comes to.
enum Write<'r> {
    Done,
    Call(Value<'r>, Value<'r>),
}

impl<'r> State<'r> {
    /// Follows `__index` from `object`.
    #[inline]
    fn read(
        &self,
        object: Value<'r>,
        key: Value<'r>,
        origin: Operand,
    ) -> Result<Read<'r>, Error<'r>> {
        let (mut object, mut origin) = (object, origin);
        for followed in 0..CHAIN_MAX {
            if followed >= CHAIN_FREE {
                self.charge(1)?;
            }
            let handler = match object.as_table() {
                Some(table) => {
                    self.charge_lookup(table, key)?;
                    let value = table.raw_get(key);
                    if !value.is_nil() {
                        return Ok(Read::Value(value));
                    }
                    let Some(metatable) = table.metatable() else {
                        return Ok(Read::Value(Value::NIL));
                    };
                    let handler = self.charged_lookup(metatable, Event::Index)?;
                    if handler.is_nil() {
                        return Ok(Read::Value(Value::NIL));
                    }
                    handler
                }
                None => {
                    let handler = self.metamethod(object, Event::Index);
                    if handler.is_nil() {
                        return Err(self.type_error("index", object, origin));
                    }
                    handler
                }
            };
            if handler.is_function() {
                return Ok(Read::Call(handler, object));
            }
            object = handler;
            origin = origin.behind();
        }
        Err(self.error_about(origin, b"'__index' chain too long; possible loop"))
    }

    /// Reads `object[key]` into register `dest` of the newest frame.
    ///
    /// # Errors
    /// The value cannot be indexed.
    #[inline(never)]
    pub(crate) fn index_slow(
        &self,
        object: Value<'r>,
        key: Value<'r>,
        dest: usize,
        origin: Operand,
    ) -> Result<Flow, Error<'r>> {
        match self.read(object, key, origin)? {
            Read::Value(value) => {
                self.set_register(dest, value);
                Ok(Flow::Next)
            }
            Read::Call(handler, object) => {
                let ret = Ret {
                    func: 0,
                    want: 1,
                    on_return: OnReturn::Store,
                    operand: dest as u8,
                };
                self.call_handler(handler, &[object, key], ret)
            }
        }
    }

    /// Reads `object[key]` for host functions; a metamethod runs on the Rust stack.
    ///
    /// # Errors
    /// The value cannot be indexed, or what the metamethod raises.
    pub(crate) fn index(&self, object: Value<'r>, key: Value<'r>) -> Result<Value<'r>, Error<'r>> {
        match self.read(object, key, Operand::Host)? {
            Read::Value(value) => Ok(value),
            Read::Call(handler, object) => self.call_value(handler, &[object, key]),
        }
    }

    /// Follows `__newindex` from `object`, and writes where it ends.
    fn write(
        &self,
        object: Value<'r>,
        key: Value<'r>,
        value: Value<'r>,
        origin: Operand,
    ) -> Result<Write<'r>, Error<'r>> {
        let (mut object, mut origin) = (object, origin);
        for followed in 0..CHAIN_MAX {
            if followed >= CHAIN_FREE {
                self.charge(1)?;
            }
            let handler = match object.as_table() {
                Some(table) => {
                    self.charge_lookup(table, key)?;
                    let handler = match table.metatable() {
                        None => Value::NIL,
                        Some(metatable) => self.charged_lookup(metatable, Event::NewIndex)?,
                    };
                    if handler.is_nil() || !table.raw_get(key).is_nil() {
                        self.charge_new_key(table)?;
                        self.raw_set_from(table, key, value, origin)?;
                        return Ok(Write::Done);
                    }
                    handler
                }
                None => {
                    let handler = self.metamethod(object, Event::NewIndex);
                    if handler.is_nil() {
                        return Err(self.type_error("index", object, origin));
                    }
                    handler
                }
            };
            if handler.is_function() {
                return Ok(Write::Call(handler, object));
            }
            object = handler;
            origin = origin.behind();
        }
        Err(self.error_about(origin, b"'__newindex' chain too long; possible loop"))
    }

    /// Writes `object[key] = value` for the newest frame's instruction.
    ///
    /// # Errors
    /// The value cannot be indexed, the key cannot be one, or there is no room.
    #[inline(never)]
    pub(crate) fn set_index_slow(
        &self,
        object: Value<'r>,
        key: Value<'r>,
        value: Value<'r>,
        origin: Operand,
    ) -> Result<Flow, Error<'r>> {
        match self.write(object, key, value, origin)? {
            Write::Done => Ok(Flow::Next),
            Write::Call(handler, object) => {
                let ret = Ret {
                    func: 0,
                    want: 0,
                    on_return: OnReturn::Discard,
                    operand: 0,
                };
                self.call_handler(handler, &[object, key, value], ret)
            }
        }
    }

    /// Writes `object[key] = value` for host functions; a metamethod runs on the Rust stack.
    ///
    /// # Errors
    /// As [`State::set_index_slow`], and what the metamethod raises.
    pub(crate) fn set_index(
        &self,
        object: Value<'r>,
        key: Value<'r>,
        value: Value<'r>,
    ) -> Result<(), Error<'r>> {
        match self.write(object, key, value, Operand::Host)? {
            Write::Done => Ok(()),
            Write::Call(handler, object) => {
                self.call_value(handler, &[object, key, value]).map(|_| ())
            }
        }
    }

    /// Writes a table's field without metamethods, for host functions.
    ///
    /// # Errors
    /// The key is nil or NaN, or there is no room.
    pub(crate) fn raw_set(
        &self,
        table: Table<'r>,
        key: Value<'r>,
        value: Value<'r>,
    ) -> Result<(), Error<'r>> {
        self.raw_set_from(table, key, value, Operand::Host)
    }

    fn raw_set_from(
        &self,
        table: Table<'r>,
        key: Value<'r>,
        value: Value<'r>,
        origin: Operand,
    ) -> Result<(), Error<'r>> {
        table
            .raw_set(&self.store, key, value)
            .map_err(|error| match error {
                SetError::NilKey => self.error_about(origin, b"table index is nil"),
                SetError::NanKey => self.error_about(origin, b"table index is NaN"),
                SetError::Memory(_) => Error::bare(ErrorKind::Memory),
            })
    }

    /// `#value` into register `dest` of the newest frame.
    ///
    /// # Errors
    /// The value has no length.
    #[inline(never)]
    pub(crate) fn len_slow(
        &self,
        value: Value<'r>,
        dest: usize,
        origin: Operand,
    ) -> Result<Flow, Error<'r>> {
        if let Some(text) = value.as_str() {
            self.set_register(dest, Value::int(text.len() as i64));
            return Ok(Flow::Next);
        }
        let handler = self.metamethod(value, Event::Len);
        if handler.is_nil() {
            let Some(table) = value.as_table() else {
                return Err(self.type_error("get length of", value, origin));
            };
            self.charge_border(table)?;
            self.set_register(dest, Value::int(table.raw_len()));
            return Ok(Flow::Next);
        }
        let ret = Ret {
            func: 0,
            want: 1,
            on_return: OnReturn::Store,
            operand: dest as u8,
        };
        self.call_handler(handler, &[value, value], ret)
    }

    /// `#value` for host functions; a metamethod runs on the Rust stack.
    ///
    /// # Errors
    /// The value has no length, the metamethod raises, or its result is no integer.
    pub(crate) fn len(&self, value: Value<'r>) -> Result<i64, Error<'r>> {
        if let Some(text) = value.as_str() {
            return Ok(text.len() as i64);
        }
        let handler = self.metamethod(value, Event::Len);
        if handler.is_nil() {
            return match value.as_table() {
                Some(table) => {
                    self.charge_border(table)?;
                    Ok(table.raw_len())
                }
                None => Err(self.type_error("get length of", value, Operand::Host)),
            };
        }
        let len = self.call_value(handler, &[value, value])?;
        crate::value::coerce::to_int(len)
            .ok_or_else(|| self.error_at(1, b"object length is not an integer"))
    }
}
