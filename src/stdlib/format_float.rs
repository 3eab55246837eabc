//! The float conversions of `string.format`: `%e`, `%f`, `%g` and `%a`.
//!
//! - **F4** Up to 17 significant digits come from the shortest digits where those decide, and from
//!   the core library's exact algorithm where they do not; more digits always from the latter.
//! - **F5** `%a` is normalised as in glibc: one bit before the point, none for subnormal numbers.
//!
//! Absent on purpose: locales. The decimal point is a point.
#![forbid(unsafe_code)]

use core::fmt::Write;

use super::format::{Layout, Sink, emit};
use crate::memory::AllocError;
use crate::value::decimal::{
    Decimal, SHORTEST_MAX, Text, push_exponent, push_fixed, push_scientific,
};
use crate::value::number::push_general;

/// The precision where none is given.
const PRECISION: usize = 6;
/// Any float with 99 digits after the point: 309 before it, and some room.
const EXACT_MAX: usize = 416;
/// What the shortest digits lead to: at most 17 digits, or a few zeros more.
const SHORT_MAX: usize = 64;
/// Precisions up to this let `SHORT_MAX` hold the outcome.
const SHORT_PLACES_MAX: usize = 15;
/// Any float in scientific form with 99 digits after the point.
const EXACT_SHORT: usize = 112;
/// The bits of a double's fraction, in hexadecimal digits.
const FRACTION_DIGITS: usize = 13;

/// Writes `%a %A %e %E %f %g %G`, whichever `letter` says.
///
/// # Errors
/// The sink refuses.
pub fn float<S: Sink + ?Sized>(
    letter: u8,
    layout: &Layout,
    value: f64,
    sink: &mut S,
) -> Result<(), AllocError> {
    let sign = layout.sign(value.is_sign_negative());
    let magnitude = value.abs();
    let upper = letter.is_ascii_uppercase();
    if !magnitude.is_finite() {
        let body = match (magnitude.is_nan(), upper) {
            (true, false) => b"nan",
            (true, true) => b"NAN",
            (false, false) => b"inf",
            (false, true) => b"INF",
        };
        return emit(layout, false, sign, body, sink);
    }
    match letter {
        b'a' | b'A' => hex(upper, layout, value, sink),
        b'f' => {
            let places = layout.precision.unwrap_or(PRECISION);
            fixed(layout, sign, magnitude, places, sink)
        }
        b'e' | b'E' => {
            let places = layout.precision.unwrap_or(PRECISION);
            let mut text = Text::<EXACT_SHORT>::new();
            push_exact_scientific(&mut text, magnitude, places, layout.alternative, letter);
            emit(layout, layout.zeros, sign, text.bytes(), sink)
        }
        _ => {
            let exponent_letter = if upper { b'E' } else { b'e' };
            general(layout, sign, magnitude, exponent_letter, sink)
        }
    }
}

/// Writes `%f`.
fn fixed<S: Sink + ?Sized>(
    layout: &Layout,
    sign: &[u8],
    magnitude: f64,
    places: usize,
    sink: &mut S,
) -> Result<(), AllocError> {
    if places <= SHORT_PLACES_MAX
        && magnitude != 0.0
        && let Some(decimal) = Decimal::with_places(magnitude, places)
    {
        let mut text = Text::<SHORT_MAX>::new();
        push_fixed(&mut text, &decimal, places, layout.alternative);
        return emit(layout, layout.zeros, sign, text.bytes(), sink);
    }
    let mut text = Text::<EXACT_MAX>::new();
    // The buffer holds the longest outcome, so writing cannot fail.
    let _ = write!(text, "{magnitude:.places$}");
    if places == 0 && layout.alternative {
        text.push(b".");
    }
    emit(layout, layout.zeros, sign, text.bytes(), sink)
}

/// Appends `magnitude` in scientific form with `places` digits after the point.
fn push_exact_scientific<const N: usize>(
    text: &mut Text<N>,
    magnitude: f64,
    places: usize,
    keep_point: bool,
    letter: u8,
) {
    if magnitude == 0.0 {
        text.push(b"0");
        if places > 0 || keep_point {
            text.push(b".");
        }
        text.fill(b'0', places);
        push_exponent(text, 0, letter);
    } else if places < SHORTEST_MAX {
        let decimal = Decimal::with_digits(magnitude, places + 1);
        push_scientific(text, &decimal, places, keep_point, letter);
    } else {
        let (digits, exponent) = exact_digits(magnitude, places);
        let (first, rest) = digits.bytes().split_at(1.min(digits.bytes().len()));
        text.push(first);
        text.push(b".");
        text.push(rest);
        push_exponent(text, exponent, letter);
    }
}

/// The `places + 1` significant digits of `magnitude`, exactly, and its decimal exponent.
fn exact_digits(magnitude: f64, places: usize) -> (Text<EXACT_SHORT>, i32) {
    let mut written = Text::<EXACT_SHORT>::new();
    // At most 100 digits, a point and an exponent, so writing cannot fail.
    let _ = write!(written, "{magnitude:.places$e}");
    let text = written.bytes();
    let end = text.iter().position(|&b| b == b'e').unwrap_or(text.len());
    let mut digits = Text::new();
    for part in text.get(..end).unwrap_or(&[]).split(|&b| b == b'.') {
        digits.push(part);
    }
    let exponent = text.get(end + 1..).unwrap_or(&[]);
    let exponent = core::str::from_utf8(exponent)
        .ok()
        .and_then(|e| e.parse().ok());
    (digits, exponent.unwrap_or(0))
}

/// Writes `%g`.
fn general<S: Sink + ?Sized>(
    layout: &Layout,
    sign: &[u8],
    magnitude: f64,
    letter: u8,
    sink: &mut S,
) -> Result<(), AllocError> {
    let digit_count = layout.precision.unwrap_or(PRECISION).max(1);
    let mut text = Text::<EXACT_MAX>::new();
    if magnitude == 0.0 {
        text.push(b"0");
        if layout.alternative {
            text.push(b".");
            text.fill(b'0', digit_count - 1);
        }
    } else if digit_count <= SHORTEST_MAX && !layout.alternative {
        let decimal = Decimal::with_digits(magnitude, digit_count);
        let mut text = Text::<SHORT_MAX>::new();
        push_general(&mut text, &decimal, digit_count, letter);
        return emit(layout, layout.zeros, sign, text.bytes(), sink);
    } else {
        push_long_general(
            &mut text,
            magnitude,
            digit_count,
            layout.alternative,
            letter,
        );
    }
    emit(layout, layout.zeros, sign, text.bytes(), sink)
}

/// Appends `%g` of a positive number for any count of digits, by the exact digits.
fn push_long_general<const N: usize>(
    text: &mut Text<N>,
    magnitude: f64,
    digit_count: usize,
    keep_zeros: bool,
    letter: u8,
) {
    let (digits, exponent) = exact_digits(magnitude, digit_count - 1);
    let all = digits.bytes();
    let significant = if keep_zeros {
        all.len()
    } else {
        all.iter().rposition(|&b| b != b'0').map_or(1, |at| at + 1)
    };
    let digits = all.get(..significant).unwrap_or(all);
    let count = i32::try_from(digit_count).unwrap_or(i32::MAX);
    let scientific = exponent < -4 || exponent >= count;
    let before = if scientific {
        1
    } else {
        usize::try_from(exponent + 1).unwrap_or(0)
    };
    let (whole, fraction) = digits.split_at(before.min(digits.len()));
    text.push(if before == 0 { b"0" } else { whole });
    text.fill(b'0', before.saturating_sub(digits.len()));
    let gap = if scientific {
        0
    } else {
        usize::try_from(-exponent - 1).unwrap_or(0)
    };
    if !fraction.is_empty() || keep_zeros {
        text.push(b".");
        text.fill(b'0', gap);
        text.push(fraction);
    }
    if scientific {
        push_exponent(text, exponent, letter);
    }
}

/// Writes `%a` or `%A`.
fn hex<S: Sink + ?Sized>(
    upper: bool,
    layout: &Layout,
    value: f64,
    sink: &mut S,
) -> Result<(), AllocError> {
    let mut prefix = Text::<4>::new();
    prefix.push(layout.sign(value.is_sign_negative()));
    prefix.push(if upper { b"0X" } else { b"0x" });
    let mut text = Text::<EXACT_SHORT>::new();
    push_hex(&mut text, value.abs(), layout.precision, layout.alternative);
    if upper {
        text.bytes_mut().make_ascii_uppercase();
    }
    emit(layout, layout.zeros, prefix.bytes(), text.bytes(), sink)
}

/// Appends what follows `0x` in the hexadecimal form of a finite `magnitude`.
pub(super) fn push_hex<const N: usize>(
    text: &mut Text<N>,
    magnitude: f64,
    places: Option<usize>,
    keep_point: bool,
) {
    let bits = magnitude.to_bits();
    let fraction_bits = bits & ((1 << 52) - 1);
    let biased = (bits >> 52) as i32;
    let exponent = match (biased, fraction_bits) {
        (0, 0) => 0,
        (0, _) => -1022,
        _ => biased - 1023,
    };
    // The bit before the point stands above the 52 of the fraction; rounding may carry into it.
    let mut significand = fraction_bits | u64::from(biased != 0) << 52;
    let mut shown = FRACTION_DIGITS;
    match places {
        None => {
            let zeros = (significand.trailing_zeros() / 4) as usize;
            shown -= zeros.min(FRACTION_DIGITS);
        }
        Some(places) if places < FRACTION_DIGITS => {
            shown = places;
            significand = round_half_even(significand, 4 * (FRACTION_DIGITS - places) as u32);
        }
        Some(_) => {}
    }
    push_hex_digit(text, significand, FRACTION_DIGITS);
    let places = places.unwrap_or(shown);
    if places > 0 || keep_point {
        text.push(b".");
    }
    for index in 0..shown {
        push_hex_digit(text, significand, FRACTION_DIGITS - 1 - index);
    }
    text.fill(b'0', places - shown);
    text.push(if exponent < 0 { b"p-" } else { b"p+" });
    text.push(
        itoa::Buffer::new()
            .format(exponent.unsigned_abs())
            .as_bytes(),
    );
}

/// Appends the hexadecimal digit of `value` that has `place` digits after it.
fn push_hex_digit<const N: usize>(text: &mut Text<N>, value: u64, place: usize) {
    let nibble = (value >> (4 * place) & 15) as u8;
    text.push(&[if nibble < 10 {
        b'0' + nibble
    } else {
        b'a' + nibble - 10
    }]);
}

/// Rounds the lowest `bit_count` bits of `value` away, which is less than 64; they become zeros.
fn round_half_even(value: u64, bit_count: u32) -> u64 {
    let unit = 1u64 << bit_count;
    let rest = value & (unit - 1);
    let down = value - rest;
    let half = unit >> 1;
    if rest > half || (rest == half && down & unit != 0) {
        down + unit
    } else {
        down
    }
}
