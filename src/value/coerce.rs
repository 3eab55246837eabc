//! Conversions between integers, floats and numerals in strings, as Lua's operators make them.
#![forbid(unsafe_code)]

use super::number::{Rounding, float_to_int, float_to_int_rounded};
use super::numeral::{self, Numeral};
use super::repr::{Unpacked, Value};

/// The integer that a number stands for: itself, or a float without fraction.
#[inline]
pub(crate) fn to_int(value: Value<'_>) -> Option<i64> {
    match value.unpack() {
        Unpacked::Int(int) => Some(int),
        Unpacked::Float(float) => float_to_int(float),
        _ => None,
    }
}

/// As [`to_int`], for strings that are numerals as well.
#[inline]
pub(crate) fn text_to_int(value: Value<'_>) -> Option<i64> {
    match value.unpack() {
        Unpacked::Str(_) => to_int(text_to_number(value)?),
        _ => to_int(value),
    }
}

/// The number that a number, or a string that is a numeral, stands for.
#[inline]
pub(crate) fn text_to_number(value: Value<'_>) -> Option<Value<'_>> {
    match value.unpack() {
        Unpacked::Int(_) | Unpacked::Float(_) => Some(value),
        Unpacked::Str(text) => Some(match numeral::parse(text.as_bytes())? {
            Numeral::Int(int) => Value::int(int),
            Numeral::Float(float) => Value::float(float),
        }),
        _ => None,
    }
}

/// As [`text_to_number`], as a float.
#[inline]
pub(crate) fn text_to_float(value: Value<'_>) -> Option<f64> {
    match text_to_number(value)?.unpack() {
        Unpacked::Int(int) => Some(int as f64),
        Unpacked::Float(float) => Some(float),
        _ => None,
    }
}

/// The integer nearest to a number in the direction of `rounding`, if there is one.
pub(crate) fn to_int_rounded(value: Value<'_>, rounding: Rounding) -> Option<i64> {
    match value.unpack() {
        Unpacked::Int(int) => Some(int),
        Unpacked::Float(float) => float_to_int_rounded(float, rounding),
        _ => None,
    }
}
