//! Numerals: reading a number from its text, for the lexer and for string-to-number conversion.
//!
//! - **L1** The accepted texts are those of Lua's own conversion: white space around, one sign,
//!   decimal or `0x` hexadecimal, fraction and exponent, and nothing else (no `inf`, no `nan`).
//! - **L2** Floats are rounded correctly, to nearest and ties to even, hexadecimal ones too.
//!
//! Absent on purpose: allocation, locales.
#![forbid(unsafe_code)]

/// A number that was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Numeral {
    /// An integer. A hexadecimal one wraps around.
    Int(i64),
    /// A float, or a decimal integer too large for an integer.
    Float(f64),
}

/// White space as C's `isspace` has it.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// The value of a hexadecimal digit.
pub fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Reads a number; `None` if the text is not one (L1).
pub fn parse(text: &[u8]) -> Option<Numeral> {
    let start = text.iter().position(|&byte| !is_space(byte))?;
    let end = text.iter().rposition(|&byte| !is_space(byte))?;
    let text = text.get(start..=end)?;
    let (negative, digits) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, text),
    };
    match digits {
        [b'0', b'x' | b'X', digits @ ..] => parse_hex(negative, digits),
        _ => parse_decimal(negative, digits),
    }
}

fn parse_decimal(negative: bool, digits: &[u8]) -> Option<Numeral> {
    if let Some(int) = decimal_int(negative, digits) {
        return Some(Numeral::Int(int));
    }
    let rest = skip_digits(digits);
    let mut digit_count = digits.len() - rest.len();
    let mut rest = rest;
    if let Some((b'.', fraction)) = rest.split_first() {
        rest = skip_digits(fraction);
        digit_count += fraction.len() - rest.len();
    }
    if digit_count == 0 {
        return None;
    }
    if let Some((b'e' | b'E', exponent)) = rest.split_first() {
        let exponent = match exponent.split_first() {
            Some((b'+' | b'-', unsigned)) => unsigned,
            _ => exponent,
        };
        rest = skip_digits(exponent);
        if rest.len() == exponent.len() {
            return None;
        }
    }
    if !rest.is_empty() {
        return None;
    }
    // Only digits, signs, one dot and one `e` are left, so this is UTF-8 and no `inf` or `nan`.
    let magnitude: f64 = str::from_utf8(digits).ok()?.parse().ok()?;
    Some(Numeral::Float(if negative {
        -magnitude
    } else {
        magnitude
    }))
}

fn skip_digits(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !byte.is_ascii_digit());
    end.and_then(|end| text.get(end..)).unwrap_or_default()
}

/// A decimal integer that fits.
fn decimal_int(negative: bool, digits: &[u8]) -> Option<i64> {
    if digits.is_empty() {
        return None;
    }
    // Counting down reaches `i64::MIN`, which counting up cannot.
    let mut int = 0i64;
    for &byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        int = int.checked_mul(10)?.checked_sub(i64::from(byte - b'0'))?;
    }
    if negative {
        Some(int)
    } else {
        int.checked_neg()
    }
}

/// The value of up to 16 hexadecimal digits, if there is nothing else.
fn short_hex_int(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    digits
        .iter()
        .try_fold(0, |int, &byte| Some(int << 4 | u64::from(hex_digit(byte)?)))
}

/// Significant bits that are kept exactly; those below only matter as "some bit was set".
const KEPT_BITS: u32 = 60;

fn parse_hex(negative: bool, digits: &[u8]) -> Option<Numeral> {
    if let Some(magnitude) = short_hex_int(digits) {
        let int = magnitude as i64;
        return Some(Numeral::Int(if negative {
            int.wrapping_neg()
        } else {
            int
        }));
    }
    let mut wrapped = 0u64;
    let mut kept = 0u64;
    let mut lost = false;
    let mut digit_count = 0usize;
    let mut exponent = 0i64;
    let mut dotted = false;
    let mut rest = digits;
    while let Some((&byte, tail)) = rest.split_first() {
        if byte == b'.' && !dotted {
            dotted = true;
        } else if let Some(digit) = hex_digit(byte) {
            digit_count += 1;
            wrapped = wrapped << 4 | u64::from(digit);
            if kept >> KEPT_BITS == 0 {
                kept = kept << 4 | u64::from(digit);
            } else {
                lost |= digit != 0;
                exponent += 4;
            }
            exponent -= if dotted { 4 } else { 0 };
        } else {
            break;
        }
        rest = tail;
    }
    if digit_count == 0 {
        return None;
    }
    let has_exponent = matches!(rest.first(), Some(b'p' | b'P'));
    if let (true, Some(tail)) = (has_exponent, rest.get(1..)) {
        exponent = exponent.saturating_add(binary_exponent(tail)?);
    } else if !rest.is_empty() {
        return None;
    }
    if !dotted && !has_exponent {
        let int = wrapped as i64;
        return Some(Numeral::Int(if negative {
            int.wrapping_neg()
        } else {
            int
        }));
    }
    let magnitude = scale(kept, lost, exponent);
    Some(Numeral::Float(if negative {
        -magnitude
    } else {
        magnitude
    }))
}

/// The whole text as a decimal exponent, kept within what cannot overflow.
fn binary_exponent(text: &[u8]) -> Option<i64> {
    const LIMIT: i64 = 1 << 60;
    let (negative, digits) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !skip_digits(digits).is_empty() {
        return None;
    }
    let exponent = digits.iter().fold(0i64, |sum, &byte| {
        (sum.saturating_mul(10)
            .saturating_add(i64::from(byte - b'0')))
        .min(LIMIT)
    });
    Some(if negative { -exponent } else { exponent })
}

/// `mantissa * 2^exponent` rounded correctly (L2). `lost` says that a bit below the mantissa's
/// lowest was set, which happens only if the mantissa has more than [`KEPT_BITS`] bits.
fn scale(mantissa: u64, lost: bool, exponent: i64) -> f64 {
    const PRECISION: i64 = 53;
    const LOWEST: i64 = -1022;
    if mantissa == 0 {
        return 0.0;
    }
    let bit_count = i64::from(u64::BITS - mantissa.leading_zeros());
    // The number lies in [2^top, 2^(top + 1)).
    let top = exponent.saturating_add(bit_count - 1);
    if top > 1023 {
        return f64::INFINITY;
    }
    // Below the normal range fewer bits are left.
    let precision = PRECISION - (LOWEST - top).max(0);
    if precision < 0 {
        return 0.0;
    }
    let drop = bit_count - precision;
    if drop <= 0 {
        return times_power(mantissa, exponent);
    }
    // From here `1 <= drop <= 64`.
    let shift = drop as u32;
    let quotient = mantissa.checked_shr(shift).unwrap_or(0);
    let half = 1u64 << (shift - 1);
    let above_half = mantissa & (half - 1) != 0 || lost;
    let at_half = mantissa & half != 0;
    let up = at_half && (above_half || quotient & 1 == 1);
    times_power(quotient + u64::from(up), exponent + drop)
}

/// `mantissa * 2^exponent` for at most 53 significant bits and a result that is exact, or
/// infinite.
fn times_power(mantissa: u64, exponent: i64) -> f64 {
    // Two steps reach from one end of the range to the other; each is exact.
    let first = exponent.clamp(-1000, 1000);
    let power = |exponent: i64| f64::from_bits(((exponent + 1023).clamp(0, 2046) as u64) << 52);
    mantissa as f64 * power(first) * power(exponent - first)
}

#[cfg(test)]
mod tests {
    use super::Numeral::{Float, Int};
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: impl Into<Option<Numeral>>) {
        assert_eq!(parse(text.as_bytes()), expected.into(), "{text:?}");
    }

    #[test]
    fn integers() {
        check("0", Int(0));
        check("  12\t\r\n\x0b\x0c", Int(12));
        check("-7", Int(-7));
        check("+7", Int(7));
        check("00012", Int(12));
        check("9223372036854775807", Int(i64::MAX));
        check("-9223372036854775808", Int(i64::MIN));
        check("9223372036854775808", Float(9_223_372_036_854_775_808.0));
        check("-9223372036854775809", Float(-9_223_372_036_854_775_808.0));
        check("0xff", Int(255));
        check("-0XfF", Int(-255));
        check("0xffffffffffffffff", Int(-1));
        check("0x1ffffffffffffffff", Int(-1));
        check("0x10000000000000000", Int(0));
        check("-0x8000000000000000", Int(i64::MIN));
    }

    #[test]
    fn decimal_floats() {
        check("1.5", Float(1.5));
        check("1.", Float(1.0));
        check(".5", Float(0.5));
        check("-.5e1", Float(-5.0));
        check("1e2", Float(100.0));
        check("1E+2", Float(100.0));
        check("1e-2", Float(0.01));
        check("1e400", Float(f64::INFINITY));
        check("1e-400", Float(0.0));
        check("0.1", Float(0.1));
        check("2.2250738585072011e-308", Float(2.225_073_858_507_201e-308));
        assert!(matches!(parse(b"-0.0"), Some(Float(zero)) if zero.is_sign_negative()));
    }

    #[test]
    fn hex_floats() {
        check("0x.8p-3", Float(0.0625));
        check("0xA.", Float(10.0));
        check("0xA.8", Float(10.5));
        check("0x1p4", Float(16.0));
        check("-0x1P+4", Float(-16.0));
        check("0x.1", Float(0.0625));
        check("0x0p99999999999999999999", Float(0.0));
        check("0x1p99999999999999999999", Float(f64::INFINITY));
        check("0x1p-99999999999999999999", Float(0.0));
        // Miri's `powi` is not exact.
        check("0x1p1023", Float(f64::MAX / (2.0 - f64::EPSILON)));
        check("0x1p1024", Float(f64::INFINITY));
        check("0x1.fffffffffffffp1023", Float(f64::MAX));
        check("0x1.fffffffffffff7p1023", Float(f64::MAX));
        check("0x1.fffffffffffff8p1023", Float(f64::INFINITY));
        check("0x1p-1074", Float(f64::from_bits(1)));
        check("0x1p-1075", Float(0.0));
        check("0x1.8p-1075", Float(f64::from_bits(1)));
        check("0x3p-1075", Float(f64::from_bits(2)));
        check("0x1p-1076", Float(0.0));
        check("0x1.0000000000000000000001p-1075", Float(f64::from_bits(1)));
        check("0x0.fffffffffffff8p-1022", Float(f64::MIN_POSITIVE));
        // Ties to even, and a bit far below that breaks the tie.
        check("0x20000000000001.0", Float(9_007_199_254_740_992.0));
        check("0x20000000000003.0", Float(9_007_199_254_740_996.0));
        let far = format!("0x20000000000001.{}1", "0".repeat(400));
        check(&far, Float(9_007_199_254_740_994.0));
        let wide = format!("0x1{}.0p-1200", "0".repeat(300));
        check(&wide, Float(1.0));
        let deep = format!("0x.{}1p1204", "0".repeat(300));
        check(&deep, Float(1.0));
    }

    #[test]
    fn what_is_no_number() {
        for text in [
            "", " ", "-", "+", "--1", "- 1", "1 2", "1x", "x", ".", "..1", "1..", "e1", "1e",
            "1e+", "1e1.0", "inf", "nan", "-inf", "Infinity", "NaN", "0x", "0x.", "0xp1", "0x1p",
            "0x1p+", "0x1g", "0x1.1.1", "1_000", "1\0", "1f", "0x1p1a", "\u{a0}1", "0b1", "1e1e1",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn hex_floats_agree_with_exact_arithmetic() {
        // Every mantissa near a rounding boundary, against u128 arithmetic.
        for low in 0..64u64 {
            let mantissa = (1u64 << 58) | low << 3 | low >> 5;
            let text = format!("0x{mantissa:x}p-58");
            let expected = mantissa as f64 / (1u64 << 58) as f64;
            check(&text, Float(expected));
        }
    }
}
