//! The decimal digits of a float, rounded correctly to as many as are asked for.
//!
//! - **D1** `digits[..len]` has neither a leading nor a trailing zero; an empty one is zero.
//! - **D2** The value is `0.d1d2d3... * 10^point`: `point` counts digits before the decimal point.
//! - **D3** There are three ways, and none of them guesses: integers of 128 bits, exactly, in the
//!   range that programs mostly use; the shortest digits, where those decide; the exact algorithm
//!   of the core library for the rest. What the second, [`Decimal::rounded`], returns is rounded
//!   correctly (half to even, on the exact binary value), or it is `None`.
//!
//! Absent on purpose: signs, infinities and NaN. Whoever prints deals with those first.
#![forbid(unsafe_code)]

use core::fmt::{self, Write};

/// The digits that the shortest representation of a double can have at most.
pub const SHORTEST_MAX: usize = 17;

/// Any decimal of at most this many digits is told apart from its neighbours by a normal double.
const FAITHFUL_DIGITS: i32 = 15;

/// A positive decimal number of at most 17 digits.
#[derive(Clone, Copy, Debug)]
pub struct Decimal {
    digits: [u8; SHORTEST_MAX],
    len: usize,
    point: i32,
}

impl Decimal {
    const ZERO: Self = Self {
        digits: [b'0'; SHORTEST_MAX],
        len: 0,
        point: 1,
    };

    /// The ASCII digits, without leading or trailing zeros; none stand for zero.
    pub fn digits(&self) -> &[u8] {
        self.digits.get(..self.len).unwrap_or(&[])
    }

    /// How many digits stand before the decimal point; negative after leading zeros.
    pub fn point(&self) -> i32 {
        self.point
    }

    /// Rounds `magnitude`, finite and positive, to `digit_count` significant digits.
    ///
    /// `digit_count` must be within 1 to 17.
    pub fn with_digits(magnitude: f64, digit_count: usize) -> Self {
        let keep = i32::try_from(digit_count).unwrap_or(i32::MAX);
        let decimal = Self::by_integers(magnitude, keep)
            .or_else(|| Self::shortest(magnitude).and_then(|shortest| shortest.rounded(keep)));
        match decimal {
            Some(decimal) => decimal,
            None => Self::exact(magnitude, digit_count),
        }
    }

    /// Rounds `magnitude`, finite and positive, to `place_count` digits after the point.
    ///
    /// None where that would take more digits than there is room for.
    pub fn with_places(magnitude: f64, place_count: usize) -> Option<Self> {
        let places = i32::try_from(place_count).ok()?;
        let scaled = scale(magnitude, places)?;
        (scaled < POWERS_OF_TEN[SHORTEST_MAX]).then(|| Self::from_scaled(scaled, places))
    }

    /// Rounds to `keep` significant digits by exact integer arithmetic, where its range suffices:
    /// for 14 digits from `1e-14` to `1e14`.
    fn by_integers(magnitude: f64, keep: i32) -> Option<Self> {
        let limit = *POWERS_OF_TEN.get(usize::try_from(keep).ok()?)?;
        // The decimal exponent or one less, never more: 1233 / 4096 is close enough to log10(2) for
        // all exponents that `scale` takes.
        let binary_exponent = (magnitude.to_bits() >> 52) as i32 - 1023;
        let mut places = keep - 1 - ((binary_exponent * 1233) >> 12);
        let mut scaled = scale(magnitude, places)?;
        if scaled >= limit {
            // The exponent was one less, or rounding has made a power of ten.
            places -= 1;
            scaled = scale(magnitude, places)?;
        }
        // Where the estimate was wrong after all, others decide.
        (limit / 10 <= scaled && scaled < limit).then(|| Self::from_scaled(scaled, places))
    }

    /// The decimal `scaled / 10^places`; `scaled` has at most 17 digits.
    fn from_scaled(scaled: u64, places: i32) -> Self {
        if scaled == 0 {
            return Self::ZERO;
        }
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(scaled).as_bytes();
        let mut this = Self::ZERO;
        this.push(digits);
        this.point = digits.len() as i32 - places;
        this.strip();
        this
    }

    /// The shortest decimal that reads back as `magnitude`; none for subnormal numbers, whose
    /// digits are too few for what `rounded` relies on.
    fn shortest(magnitude: f64) -> Option<Self> {
        if !magnitude.is_normal() {
            return None;
        }
        let mut text = zmij::Buffer::new();
        Some(Self::parse(text.format_finite(magnitude).as_bytes()))
    }

    /// The digits by the exact algorithm of the core library, which works on big integers.
    #[cold]
    fn exact(magnitude: f64, digit_count: usize) -> Self {
        let mut text = Text::<48>::new();
        let places = digit_count.clamp(1, SHORTEST_MAX) - 1;
        // A buffer of 48 holds 17 digits, point and exponent, so this cannot fail.
        let _ = write!(text, "{magnitude:.places$e}");
        Self::parse(text.bytes())
    }

    /// Reads what a formatter wrote: digits with an optional point and exponent.
    fn parse(text: &[u8]) -> Self {
        let mantissa_len = memchr::memchr(b'e', text).unwrap_or(text.len());
        let (mantissa, exponent) = text.split_at(mantissa_len);
        let whole_len = memchr::memchr(b'.', mantissa).unwrap_or(mantissa.len());
        let (whole, fraction) = mantissa.split_at(whole_len);
        let fraction = fraction.get(1..).unwrap_or(&[]);
        let mut this = Self::ZERO;
        let zeros = if whole == b"0" {
            let zeros = fraction.iter().take_while(|&&digit| digit == b'0').count();
            this.push(fraction.get(zeros..).unwrap_or(&[]));
            zeros
        } else {
            this.push(whole);
            this.push(fraction);
            0
        };
        // A formatter writes a few hundred digits at most, so nothing is cut off here.
        this.point = if whole == b"0" {
            -(zeros as i32)
        } else {
            whole_len as i32
        };
        this.point += parse_exponent(exponent.get(1..).unwrap_or(&[]));
        this.strip();
        this
    }

    /// Appends digits, as many as there is room for; what is left out are zeros.
    fn push(&mut self, digits: &[u8]) {
        let room = self.digits.get_mut(self.len..).unwrap_or(&mut []);
        let count = digits.len().min(room.len());
        for (slot, &digit) in room.iter_mut().zip(digits) {
            *slot = digit;
        }
        self.len += count;
    }

    /// Restores D1 at the end of the digits.
    fn strip(&mut self) {
        while self.len > 0 && self.digits.get(self.len - 1) == Some(&b'0') {
            self.len -= 1;
        }
        if self.len == 0 {
            self.point = 1;
        }
    }

    /// Rounds shortest digits to the first `keep` of them, as the exact value would be rounded.
    ///
    /// Let S be the shortest decimal of the double E, and T a midpoint between two decimals of
    /// `keep` digits. T between S and E would read back as E as well, and is shorter than S, or as
    /// long and nearer to E; S would not have been chosen. So S and E round alike unless S is
    /// itself a midpoint. Where S has no more than `keep` digits, E rounds to S as long as `keep`
    /// digits are few enough to be told apart by doubles.
    fn rounded(mut self, keep: i32) -> Option<Self> {
        let Ok(keep_len) = usize::try_from(keep) else {
            return Some(Self::ZERO);
        };
        if keep_len >= self.len {
            return (keep <= FAITHFUL_DIGITS).then_some(self);
        }
        let next = *self.digits.get(keep_len)?;
        if next == b'5' && keep_len + 1 == self.len {
            return None;
        }
        self.len = keep_len;
        if next >= b'5' {
            self.increment();
        } else {
            self.strip();
        }
        Some(self)
    }

    /// Adds one unit in the last digit kept; nines at the end vanish, so D1 stays.
    fn increment(&mut self) {
        while self.len > 0 {
            match self.digits.get_mut(self.len - 1) {
                Some(digit) if *digit != b'9' => {
                    *digit += 1;
                    return;
                }
                _ => self.len -= 1,
            }
        }
        self.digits = Self::ZERO.digits;
        self.digits[0] = b'1';
        self.len = 1;
        self.point += 1;
    }
}

/// The powers of ten that `u64` holds and digits are counted with.
const POWERS_OF_TEN: [u64; SHORTEST_MAX + 1] = {
    let mut powers = [1; SHORTEST_MAX + 1];
    let mut index = 1;
    while index < powers.len() {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

/// The powers of five that `u64` holds.
const POWERS_OF_FIVE: [u64; 28] = {
    let mut powers = [1; 28];
    let mut index = 1;
    while index < powers.len() {
        powers[index] = powers[index - 1] * 5;
        index += 1;
    }
    powers
};

/// Rounds `magnitude * 10^places`, half to even on the exact value; none where the range of the
/// integers does not suffice, and for subnormal numbers.
#[inline]
fn scale(magnitude: f64, places: i32) -> Option<u64> {
    let five = *POWERS_OF_FIVE.get(usize::try_from(places).ok()?)?;
    let bits = magnitude.to_bits();
    let biased = (bits >> 52 & 0x7FF) as i32;
    if biased == 0 || biased == 0x7FF {
        return None;
    }
    // The value is `significand * 2^exponent`; below 2^53 times 5^27 there are 116 bits.
    let significand = bits & ((1 << 52) - 1) | 1 << 52;
    let product = u128::from(significand) * u128::from(five);
    let exponent = biased - 1075 + places;
    let shift = exponent.unsigned_abs();
    if exponent >= 0 {
        let fits = shift < product.leading_zeros();
        return fits
            .then(|| product << shift)
            .and_then(|whole| u64::try_from(whole).ok());
    }
    if shift >= 128 {
        return Some(0);
    }
    let whole = product >> shift;
    let rest = product << (128 - shift);
    const HALF: u128 = 1 << 127;
    let up = rest > HALF || (rest == HALF && whole & 1 == 1);
    u64::try_from(whole + u128::from(up)).ok()
}

/// Reads a short decimal exponent with an optional sign.
fn parse_exponent(text: &[u8]) -> i32 {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let magnitude = digits.iter().fold(0i32, |sum, &digit| {
        sum.wrapping_mul(10).wrapping_add(i32::from(digit & 15))
    });
    if negative { -magnitude } else { magnitude }
}

/// Text in a buffer of fixed size; what does not fit is an error and is left out.
pub struct Text<const N: usize> {
    buffer: [u8; N],
    len: usize,
}

impl<const N: usize> Text<N> {
    /// An empty text.
    pub const fn new() -> Self {
        Self {
            buffer: [0; N],
            len: 0,
        }
    }

    /// What has been written.
    pub fn bytes(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or(&[])
    }

    /// What has been written, to change in place.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        self.buffer.get_mut(..self.len).unwrap_or(&mut [])
    }

    /// Appends `bytes`, or as many as fit.
    pub fn push(&mut self, bytes: &[u8]) {
        let room = self.buffer.get_mut(self.len..).unwrap_or(&mut []);
        let count = bytes.len().min(room.len());
        // Texts are short: a loop beats the call that copying slices makes.
        for (slot, &byte) in room.iter_mut().zip(bytes) {
            *slot = byte;
        }
        self.len += count;
    }

    /// Appends `count` times `byte`, or as often as fits.
    pub fn fill(&mut self, byte: u8, count: usize) {
        let room = self.buffer.get_mut(self.len..).unwrap_or(&mut []);
        let count = count.min(room.len());
        for slot in room.iter_mut().take(count) {
            *slot = byte;
        }
        self.len += count;
    }
}

impl<const N: usize> Write for Text<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let fits = text.len() <= N - self.len;
        self.push(text.as_bytes());
        if fits { Ok(()) } else { Err(fmt::Error) }
    }
}

/// Appends `decimal` as `%f` lays it out, with `place_count` digits after the point.
pub fn push_fixed<const N: usize>(
    text: &mut Text<N>,
    decimal: &Decimal,
    place_count: usize,
    keep_point: bool,
) {
    let digits = decimal.digits();
    let before = usize::try_from(decimal.point).unwrap_or(0);
    let (whole, fraction) = digits.split_at(before.min(digits.len()));
    if before == 0 || digits.is_empty() {
        text.push(b"0");
    } else {
        text.push(whole);
        text.fill(b'0', before - whole.len());
    }
    if place_count == 0 && !keep_point {
        return;
    }
    text.push(b".");
    let gap = usize::try_from(-decimal.point)
        .unwrap_or(0)
        .min(place_count);
    let gap = if digits.is_empty() { 0 } else { gap };
    let shown = fraction.len().min(place_count - gap);
    text.fill(b'0', gap);
    text.push(fraction.get(..shown).unwrap_or(&[]));
    text.fill(b'0', place_count - gap - shown);
}

/// Appends `decimal` as `%e` lays it out, with `place_count` digits after the point.
pub fn push_scientific<const N: usize>(
    text: &mut Text<N>,
    decimal: &Decimal,
    place_count: usize,
    keep_point: bool,
    letter: u8,
) {
    let (first, rest) = match decimal.digits() {
        [first, rest @ ..] => (*first, rest),
        [] => (b'0', &[][..]),
    };
    text.push(&[first]);
    if place_count > 0 || keep_point {
        text.push(b".");
        text.push(rest);
        text.fill(b'0', place_count.saturating_sub(rest.len()));
    }
    push_exponent(text, decimal.point - 1, letter);
}

/// Appends an exponent of at least two digits with its sign.
pub fn push_exponent<const N: usize>(text: &mut Text<N>, exponent: i32, letter: u8) {
    text.push(&[letter, if exponent < 0 { b'-' } else { b'+' }]);
    let magnitude = exponent.unsigned_abs();
    if magnitude < 10 {
        text.push(b"0");
    }
    text.push(itoa::Buffer::new().format(magnitude).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A small generator, so that the cases are the same on every run.
    fn next_random(state: &mut u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state
    }

    #[track_caller]
    fn check_digits(x: f64, digit_count: usize) {
        let fast = Decimal::with_digits(x, digit_count);
        let exact = Decimal::exact(x, digit_count);
        assert_eq!(fast.digits(), exact.digits(), "{x:e} to {digit_count}");
        assert_eq!(fast.point(), exact.point(), "{x:e} to {digit_count}");
    }

    /// Miri is some thousand times slower.
    const ROUNDS: usize = if cfg!(miri) { 40 } else { 20_000 };

    #[test]
    fn digits_are_those_of_the_exact_way() {
        let mut state = 0x9e37_79b9_7f4a_7c15;
        for round in 0..ROUNDS {
            let bits = next_random(&mut state);
            let wild = f64::from_bits(bits & !(1 << 63));
            let tame = (bits >> 44) as f64 / 1000.0 + 0.0005;
            for x in [wild, tame, (bits >> 40) as f64 / 64.0] {
                if x.is_finite() && x > 0.0 {
                    check_digits(x, 1 + round % 17);
                }
            }
        }
        for x in [
            5e-324,
            f64::MIN_POSITIVE,
            f64::MAX,
            0.5,
            2.5,
            1e23,
            9.5,
            0.1,
            1.0 / 3.0,
        ] {
            (1..=17).for_each(|count| check_digits(x, count));
        }
    }

    #[test]
    fn places_are_those_of_the_exact_way() {
        let mut state = 0x1234_5678_9abc_def1;
        let mut decided = 0;
        for round in 0..ROUNDS {
            let bits = next_random(&mut state);
            let x = (bits >> 34) as f64 / [1.0, 8.0, 100.0, 3.0, 1e12][round % 5];
            let places = round % 9;
            if x == 0.0 {
                continue;
            }
            if let Some(decimal) = Decimal::with_places(x, places) {
                decided += 1;
                let mut text = Text::<64>::new();
                push_fixed(&mut text, &decimal, places, false);
                let expected = format!("{x:.places$}");
                assert_eq!(text.bytes(), expected.as_bytes(), "{x:e} with {places}");
            }
        }
        assert!(
            decided > ROUNDS * 3 / 4,
            "the fast way decided only {decided}"
        );
    }

    #[test]
    fn a_text_never_overflows() {
        let mut text = Text::<4>::new();
        text.push(b"abc");
        text.fill(b'x', 9);
        text.push(b"more");
        assert_eq!(text.bytes(), b"abcx");
        assert!(write!(text, "y").is_err());
    }
}
