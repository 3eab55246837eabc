//! The arithmetic of Lua's numbers: conversions, comparisons, operators, and numbers as text.
//!
//! - **N1** Nothing here rounds where Lua does not: an integer and a float compare by their exact
//!   values, and a float becomes an integer only if it is one.
//! - **N2** Integers wrap around; no operation panics on any operand.
//! - **N3** [`write_float`] prints what C's `%.14g` prints, correct in the last digit, and adds
//!   `.0` to what would read back as an integer.
//!
//! Absent on purpose: reading numerals (`numeral.rs`), and coercing strings, which needs values.
#![forbid(unsafe_code)]

use core::cmp::Ordering;

use super::decimal::{Decimal, Text, push_fixed, push_scientific};

/// `-2^63`, the least integer, as a float.
const INT_MIN_FLOAT: f64 = -9_223_372_036_854_775_808.0;
/// `2^63`, which is the first float above all integers.
const INT_LIMIT_FLOAT: f64 = 9_223_372_036_854_775_808.0;
/// The significant digits of a float as text.
const FLOAT_DIGITS: usize = 14;
/// Integral floats below this have at most `FLOAT_DIGITS` digits.
const PLAIN_LIMIT: f64 = 1e14;

/// Bytes that hold any number as text.
pub const NUMBER_TEXT_MAX: usize = 32;

/// How a float that is no whole number becomes an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Not at all.
    Exact,
    /// Towards minus infinity.
    Floor,
    /// Towards plus infinity.
    Ceil,
}

/// The integer equal to `x`, if there is one.
#[inline]
pub fn float_to_int(x: f64) -> Option<i64> {
    if (INT_MIN_FLOAT..INT_LIMIT_FLOAT).contains(&x) {
        let int = x as i64;
        if int as f64 == x {
            return Some(int);
        }
    }
    None
}

/// The integer that `x` becomes when rounded as told, if it is in range.
pub fn float_to_int_rounded(x: f64, rounding: Rounding) -> Option<i64> {
    float_to_int(match rounding {
        Rounding::Exact => x,
        Rounding::Floor => x.floor(),
        Rounding::Ceil => x.ceil(),
    })
}

/// Compares exactly; none if `float` is NaN.
#[inline]
pub fn compare_int_float(int: i64, float: f64) -> Option<Ordering> {
    if float >= INT_LIMIT_FLOAT {
        return Some(Ordering::Less);
    }
    if float < INT_MIN_FLOAT {
        return Some(Ordering::Greater);
    }
    if float.is_nan() {
        return None;
    }
    // Truncation is exact here. On a tie the fraction, which has the sign of the float, decides.
    let whole = float as i64;
    Some(int.cmp(&whole).then_with(|| {
        let fraction = float - whole as f64;
        0.0f64.partial_cmp(&fraction).unwrap_or(Ordering::Equal)
    }))
}

/// `int == float`, exactly.
#[inline]
pub fn int_eq_float(int: i64, float: f64) -> bool {
    float_to_int(float) == Some(int)
}

/// `int < float`, exactly.
#[inline]
pub fn int_lt_float(int: i64, float: f64) -> bool {
    compare_int_float(int, float) == Some(Ordering::Less)
}

/// `int <= float`, exactly.
#[inline]
pub fn int_le_float(int: i64, float: f64) -> bool {
    matches!(
        compare_int_float(int, float),
        Some(Ordering::Less | Ordering::Equal)
    )
}

/// `float < int`, exactly.
#[inline]
pub fn float_lt_int(float: f64, int: i64) -> bool {
    compare_int_float(int, float) == Some(Ordering::Greater)
}

/// `float <= int`, exactly.
#[inline]
pub fn float_le_int(float: f64, int: i64) -> bool {
    matches!(
        compare_int_float(int, float),
        Some(Ordering::Greater | Ordering::Equal)
    )
}

/// `a // b` for integers; none if `b` is zero.
#[inline]
pub fn int_floor_div(a: i64, b: i64) -> Option<i64> {
    if b == 0 {
        return None;
    }
    let quotient = a.wrapping_div(b);
    let inexact = a.wrapping_rem(b) != 0;
    Some(quotient - i64::from(inexact && (a ^ b) < 0))
}

/// `a % b` for integers, with the sign of `b`; none if `b` is zero.
#[inline]
pub fn int_mod(a: i64, b: i64) -> Option<i64> {
    if b == 0 {
        return None;
    }
    let rest = a.wrapping_rem(b);
    Some(if rest != 0 && (rest ^ b) < 0 {
        rest.wrapping_add(b)
    } else {
        rest
    })
}

/// `a // b` for floats.
#[inline]
pub fn float_floor_div(a: f64, b: f64) -> f64 {
    (a / b).floor()
}

/// `a % b` for floats, with the sign of `b`.
#[inline]
pub fn float_mod(a: f64, b: f64) -> f64 {
    let rest = a % b;
    let opposite_signs = (rest > 0.0 && b < 0.0) || (rest < 0.0 && b > 0.0);
    if opposite_signs { rest + b } else { rest }
}

/// `a ^ b`.
#[inline]
pub fn pow(a: f64, b: f64) -> f64 {
    if b == 2.0 { a * a } else { a.powf(b) }
}

/// `a << count`: a negative count shifts right, 64 or more leaves nothing.
#[inline]
pub fn shift_left(a: i64, count: i64) -> i64 {
    let bits = a as u64;
    let distance = count.unsigned_abs();
    if distance >= 64 {
        0
    } else if count >= 0 {
        (bits << distance) as i64
    } else {
        (bits >> distance) as i64
    }
}

/// `a >> count`, which fills with zeros.
#[inline]
pub fn shift_right(a: i64, count: i64) -> i64 {
    // The negation wraps for the least count only, and that shifts everything out either way.
    shift_left(a, count.wrapping_neg())
}

/// Writes `int` in decimal and returns what was written.
pub fn write_int(int: i64, buffer: &mut [u8; NUMBER_TEXT_MAX]) -> &[u8] {
    let mut digits = itoa::Buffer::new();
    let text = digits.format(int).as_bytes();
    for (slot, &byte) in buffer.iter_mut().zip(text) {
        *slot = byte;
    }
    buffer.get(..text.len()).unwrap_or(&[])
}

/// Writes `float` as Lua's `tostring` does and returns what was written.
pub fn write_float(float: f64, buffer: &mut [u8; NUMBER_TEXT_MAX]) -> &[u8] {
    let mut text = Text::<NUMBER_TEXT_MAX>::new();
    push_float(&mut text, float);
    let bytes = text.bytes();
    *buffer = [0; NUMBER_TEXT_MAX];
    for (slot, &byte) in buffer.iter_mut().zip(bytes) {
        *slot = byte;
    }
    buffer.get(..bytes.len()).unwrap_or(&[])
}

/// Appends `float` as Lua's `tostring` prints it.
pub fn push_float<const N: usize>(text: &mut Text<N>, float: f64) {
    if float.is_sign_negative() {
        text.push(b"-");
    }
    let magnitude = float.abs();
    if magnitude < PLAIN_LIMIT && magnitude == magnitude.trunc() {
        text.push(itoa::Buffer::new().format(magnitude as u64).as_bytes());
        text.push(b".0");
    } else if magnitude.is_nan() {
        text.push(b"nan");
    } else if magnitude.is_infinite() {
        text.push(b"inf");
    } else {
        // Whole numbers were dealt with above or have an exponent, so the fixed layout always
        // shows a point, unless rounding to 14 digits has made the number whole.
        let decimal = Decimal::with_digits(magnitude, FLOAT_DIGITS);
        if push_general(text, &decimal, FLOAT_DIGITS, b'e') {
            text.push(b".0");
        }
    }
}

/// Appends `decimal` as `%g` lays it out for `digit_count` significant digits, without trailing
/// zeros. Tells whether the outcome looks like an integer.
pub fn push_general<const N: usize>(
    text: &mut Text<N>,
    decimal: &Decimal,
    digit_count: usize,
    letter: u8,
) -> bool {
    let digit_count = i32::try_from(digit_count).unwrap_or(i32::MAX);
    let length = decimal.digits().len();
    if decimal.point() < -3 || decimal.point() > digit_count {
        push_scientific(text, decimal, length.saturating_sub(1), false, letter);
        return false;
    }
    let length = i32::try_from(length).unwrap_or(i32::MAX);
    let places = usize::try_from(length - decimal.point()).unwrap_or(0);
    push_fixed(text, decimal, places, false);
    places == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_text(float: f64, expected: &str) {
        let mut buffer = [0; NUMBER_TEXT_MAX];
        let text = write_float(float, &mut buffer);
        assert_eq!(core::str::from_utf8(text), Ok(expected));
    }

    #[test]
    fn floats_print_with_fourteen_digits() {
        check_text(1.0, "1.0");
        check_text(-0.0, "-0.0");
        check_text(0.1, "0.1");
        check_text(1.0 / 3.0, "0.33333333333333");
        check_text(2.0 / 3.0, "0.66666666666667");
        check_text(100.0, "100.0");
        check_text(99_999_999_999_999.0, "99999999999999.0");
        check_text(1e14, "1e+14");
        check_text(1e15, "1e+15");
        check_text(123_456_789_012_345.0, "1.2345678901234e+14");
        check_text(123_456_789_012_355.0, "1.2345678901236e+14");
        check_text(99_999_999_999_999.9, "1e+14");
        check_text(12_345_678_901_234.6, "12345678901235.0");
        check_text(1e100, "1e+100");
        check_text(1e-4, "0.0001");
        check_text(1e-5, "1e-05");
        check_text(5e-324, "4.9406564584125e-324");
        check_text(f64::MAX, "1.7976931348623e+308");
        check_text(-1.5e300, "-1.5e+300");
        check_text(f64::INFINITY, "inf");
        check_text(f64::NEG_INFINITY, "-inf");
        check_text(f64::NAN.copysign(1.0), "nan");
        check_text(f64::NAN.copysign(-1.0), "-nan");
        check_text(5.0f64.sqrt(), "2.2360679774998");
    }

    #[test]
    fn ints_print_in_full() {
        let mut buffer = [0; NUMBER_TEXT_MAX];
        assert_eq!(write_int(i64::MIN, &mut buffer), b"-9223372036854775808");
        assert_eq!(write_int(0, &mut buffer), b"0");
    }

    #[test]
    fn floats_become_ints_only_exactly() {
        assert_eq!(float_to_int(3.0), Some(3));
        assert_eq!(float_to_int(-0.0), Some(0));
        assert_eq!(float_to_int(3.5), None);
        assert_eq!(float_to_int(INT_MIN_FLOAT), Some(i64::MIN));
        assert_eq!(float_to_int(INT_LIMIT_FLOAT), None);
        assert_eq!(float_to_int(f64::NAN), None);
        assert_eq!(float_to_int(f64::INFINITY), None);
        assert_eq!(float_to_int_rounded(-3.5, Rounding::Floor), Some(-4));
        assert_eq!(float_to_int_rounded(-3.5, Rounding::Ceil), Some(-3));
        assert_eq!(float_to_int_rounded(3.5, Rounding::Exact), None);
        assert_eq!(float_to_int_rounded(1e300, Rounding::Floor), None);
    }

    #[track_caller]
    fn check_order(int: i64, float: f64, expected: Option<Ordering>) {
        assert_eq!(compare_int_float(int, float), expected);
        assert_eq!(int_eq_float(int, float), expected == Some(Ordering::Equal));
        assert_eq!(
            int_lt_float(int, float),
            expected.is_some_and(Ordering::is_lt)
        );
        assert_eq!(
            int_le_float(int, float),
            expected.is_some_and(Ordering::is_le)
        );
        assert_eq!(
            float_lt_int(float, int),
            expected.is_some_and(Ordering::is_gt)
        );
        assert_eq!(
            float_le_int(float, int),
            expected.is_some_and(Ordering::is_ge)
        );
    }

    #[test]
    fn ints_and_floats_compare_by_exact_value() {
        check_order(1, 1.0, Some(Ordering::Equal));
        check_order(0, -0.0, Some(Ordering::Equal));
        check_order(1, 1.5, Some(Ordering::Less));
        check_order(-1, -1.5, Some(Ordering::Greater));
        check_order(0, -0.5, Some(Ordering::Greater));
        check_order(
            (1 << 53) + 1,
            9_007_199_254_740_992.0,
            Some(Ordering::Greater),
        );
        check_order(i64::MAX, INT_LIMIT_FLOAT, Some(Ordering::Less));
        check_order(i64::MIN, INT_MIN_FLOAT, Some(Ordering::Equal));
        check_order(i64::MIN, -1e300, Some(Ordering::Greater));
        check_order(5, f64::INFINITY, Some(Ordering::Less));
        check_order(5, f64::NAN, None);
    }

    #[test]
    fn division_floors_and_wraps() {
        for (a, b, quotient, rest) in [
            (7, 2, 3, 1),
            (-7, 2, -4, 1),
            (7, -2, -4, -1),
            (-7, -2, 3, -1),
            (6, -2, -3, 0),
            (i64::MIN, -1, i64::MIN, 0),
            (i64::MIN, 1, i64::MIN, 0),
            (i64::MAX, i64::MIN, -1, -1),
        ] {
            assert_eq!(int_floor_div(a, b), Some(quotient), "{a} // {b}");
            assert_eq!(int_mod(a, b), Some(rest), "{a} % {b}");
        }
        assert_eq!(int_floor_div(1, 0), None);
        assert_eq!(int_mod(1, 0), None);
        assert_eq!(float_floor_div(-7.0, 2.0), -4.0);
        assert_eq!(float_floor_div(1.0, 0.0), f64::INFINITY);
        for (a, b, rest) in [
            (-6.0, 4.0, 2.0),
            (6.0, -4.0, -2.0),
            (5.5, 2.0, 1.5),
            (1.0, f64::INFINITY, 1.0),
            (-1.0, f64::INFINITY, f64::INFINITY),
            (1.0, f64::NEG_INFINITY, f64::NEG_INFINITY),
            (-1.0, f64::NEG_INFINITY, -1.0),
        ] {
            assert_eq!(float_mod(a, b), rest, "{a} % {b}");
        }
        assert!(float_mod(1.0, 0.0).is_nan());
        assert!(float_mod(-0.0, 1.0).is_sign_negative());
    }

    #[test]
    fn shifts_take_any_count() {
        assert_eq!(shift_left(1, 63), i64::MIN);
        assert_eq!(shift_left(1, 64), 0);
        assert_eq!(shift_left(-1, -1), i64::MAX);
        assert_eq!(shift_right(-1, 63), 1);
        assert_eq!(shift_right(1, -3), 8);
        assert_eq!(shift_right(-1, i64::MIN), 0);
        assert_eq!(shift_left(-1, i64::MIN), 0);
        assert_eq!(pow(3.0, 2.0), 9.0);
    }
}
