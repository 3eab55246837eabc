//! Comparison beyond the loop's fast paths.
#![forbid(unsafe_code)]

use crate::error::Error;
use crate::value::{Unpacked, Value, number};
use crate::vm::call::{Flow, OnReturn, Ret};
use crate::vm::metamethod::Event;
use crate::vm::names::Operand;
use crate::vm::state::State;

/// `left < right` (or `<=`) for numbers and strings, without metamethods.
#[inline]
fn order(event: Event, left: Value<'_>, right: Value<'_>) -> Option<bool> {
    let is_lt = event == Event::Lt;
    Some(match (left.unpack(), right.unpack()) {
        (Unpacked::Int(left), Unpacked::Int(right)) => {
            if is_lt {
                left < right
            } else {
                left <= right
            }
        }
        (Unpacked::Float(left), Unpacked::Float(right)) => {
            if is_lt {
                left < right
            } else {
                left <= right
            }
        }
        (Unpacked::Int(left), Unpacked::Float(right)) => {
            if is_lt {
                number::int_lt_float(left, right)
            } else {
                number::int_le_float(left, right)
            }
        }
        (Unpacked::Float(left), Unpacked::Int(right)) => {
            if is_lt {
                number::float_lt_int(left, right)
            } else {
                number::float_le_int(left, right)
            }
        }
        (Unpacked::Str(left), Unpacked::Str(right)) => {
            let order = left.as_bytes().cmp(right.as_bytes());
            if is_lt { order.is_lt() } else { order.is_le() }
        }
        _ => return None,
    })
}

impl<'r> State<'r> {
    /// Compares for a conditional jump that is taken if the answer equals `expected`.
    ///
    /// # Errors
    /// The values have no order.
    #[inline(never)]
    pub(crate) fn compare_slow(
        &self,
        event: Event,
        left: Value<'r>,
        right: Value<'r>,
        expected: bool,
    ) -> Result<Flow, Error<'r>> {
        self.charge_texts(left, right)?;
        if let Some(answer) = order(event, left, right) {
            return Ok(if answer == expected {
                Flow::Jump
            } else {
                Flow::Next
            });
        }
        let handler = self.order_handler(event, left, right, Operand::Unknown)?;
        let ret = Ret {
            func: 0,
            want: 1,
            on_return: OnReturn::Test,
            operand: u8::from(expected),
        };
        self.call_handler(handler, &[left, right], ret)
    }

    fn order_handler(
        &self,
        event: Event,
        left: Value<'r>,
        right: Value<'r>,
        origin: Operand,
    ) -> Result<Value<'r>, Error<'r>> {
        let mut handler = self.metamethod(left, event);
        if handler.is_nil() {
            handler = self.metamethod(right, event);
        }
        if handler.is_nil() {
            Err(self.compare_error(left, right, origin))
        } else {
            Ok(handler)
        }
    }

    /// `left < right` or `left <= right` for host functions; a metamethod runs on the Rust stack.
    ///
    /// # Errors
    /// The values have no order, or what the metamethod raises.
    pub(crate) fn compare(
        &self,
        event: Event,
        left: Value<'r>,
        right: Value<'r>,
    ) -> Result<bool, Error<'r>> {
        self.charge_texts(left, right)?;
        if let Some(answer) = order(event, left, right) {
            return Ok(answer);
        }
        let handler = self.order_handler(event, left, right, Operand::Host)?;
        Ok(!self.call_value(handler, &[left, right])?.is_falsy())
    }

    /// The `__eq` metamethod that decides whether two values, which are not raw equal, are equal.
    fn eq_handler(&self, left: Value<'r>, right: Value<'r>) -> Option<Value<'r>> {
        let is_alike = matches!(
            (left.unpack(), right.unpack()),
            (Unpacked::Table(_), Unpacked::Table(_))
                | (Unpacked::UserData(_), Unpacked::UserData(_))
        );
        if !is_alike {
            return None;
        }
        let mut handler = self.metamethod(left, Event::Eq);
        if handler.is_nil() {
            handler = self.metamethod(right, Event::Eq);
        }
        (!handler.is_nil()).then_some(handler)
    }

    /// Equality for a conditional jump that is taken if the answer equals `expected`.
    ///
    /// # Errors
    /// What calling the metamethod raises.
    #[inline(never)]
    pub(crate) fn equal_slow(
        &self,
        left: Value<'r>,
        right: Value<'r>,
        expected: bool,
    ) -> Result<Flow, Error<'r>> {
        self.charge_texts(left, right)?;
        let answer = left.raw_equal(right);
        if !answer && let Some(handler) = self.eq_handler(left, right) {
            let operand = u8::from(expected);
            let ret = Ret {
                func: 0,
                want: 1,
                on_return: OnReturn::Test,
                operand,
            };
            return self.call_handler(handler, &[left, right], ret);
        }
        Ok(if answer == expected {
            Flow::Jump
        } else {
            Flow::Next
        })
    }

    /// Equality for host functions; a metamethod runs on the Rust stack.
    ///
    /// # Errors
    /// What the metamethod raises.
    pub(crate) fn equals(&self, left: Value<'r>, right: Value<'r>) -> Result<bool, Error<'r>> {
        self.charge_texts(left, right)?;
        if left.raw_equal(right) {
            return Ok(true);
        }
        match self.eq_handler(left, right) {
            Some(handler) => Ok(!self.call_value(handler, &[left, right])?.is_falsy()),
            None => Ok(false),
        }
    }
}
