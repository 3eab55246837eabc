//! The conversions behind `string.format`: reading a specification and writing one argument.
//!
//! - **F1** What a specification may say, and every message, is that of PUC Lua 5.4.8.
//! - **F2** Output equals C's `printf` in the C locale, correct in the last digit.
//! - **F3** Nothing here allocates; output goes to a [`Sink`], which may refuse.
//!
//! The caller walks a [`Scanner`]. At a directive it first fetches the argument (a missing one is
//! its error), then calls [`Scanner::spec`], looks at [`Spec::conversion`], and checks the
//! argument's type and [`Spec::layout`] in the order that [`Conversion`] states, since that order
//! decides which of two errors is reported.
//!
//! Floats have a file of their own, `format_float.rs`.
//!
//! Absent on purpose: arguments as Lua values, and their coercions. `string.rs` has those.
#![forbid(unsafe_code)]

use crate::memory::AllocError;
use crate::value::decimal::Text;
use crate::value::number;

use super::format_float::push_hex;

/// Where text goes.
pub trait Sink {
    /// Appends `bytes`.
    ///
    /// # Errors
    /// There is no memory for them; the text so far stays.
    fn push(&mut self, bytes: &[u8]) -> Result<(), AllocError>;
}

/// The longest specification: PUC Lua has room for so many bytes, the `%` included.
const FORM_MAX: usize = 22;
/// Bytes that hold any message of this module.
pub const MESSAGE_MAX: usize = 80;
/// Strings from this length on are never padded, as in PUC Lua.
const UNPADDED_MIN: usize = 100;

/// A piece of a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'f> {
    /// Text to copy.
    Text(&'f [u8]),
    /// A conversion; [`Scanner::spec`] reads it and must be called next.
    Directive,
}

/// Walks a format from piece to piece.
#[derive(Clone, Copy, Debug)]
pub struct Scanner<'f> {
    rest: &'f [u8],
}

impl<'f> Scanner<'f> {
    /// Starts at the beginning of `format`.
    pub fn new(format: &'f [u8]) -> Self {
        Self { rest: format }
    }

    /// The next piece, or none at the end. `%%` comes as the text `%`.
    pub fn next_piece(&mut self) -> Option<Piece<'f>> {
        if self.rest.is_empty() {
            return None;
        }
        let rest = self.rest;
        let (text, skipped) = match memchr::memchr(b'%', rest) {
            Some(at) if rest.get(at + 1) == Some(&b'%') => (at + 1, at + 2),
            Some(0) => {
                self.rest = rest.get(1..).unwrap_or(&[]);
                return Some(Piece::Directive);
            }
            Some(at) => (at, at),
            None => (rest.len(), rest.len()),
        };
        self.rest = rest.get(skipped..).unwrap_or(&[]);
        Some(Piece::Text(rest.get(..text).unwrap_or(&[])))
    }

    /// Reads the specification after a `%`.
    ///
    /// # Errors
    /// It is too long.
    pub fn spec(&mut self) -> Result<Spec, FormatError> {
        let modifier_len = self
            .rest
            .iter()
            .take(FORM_MAX)
            .take_while(|byte| matches!(byte, b'-' | b'+' | b'#' | b' ' | b'.' | b'0'..=b'9'))
            .count();
        if modifier_len + 1 >= FORM_MAX {
            return Err(FormatError::TooLong);
        }
        let mut spec = Spec {
            form: [0; FORM_MAX],
            modifier_len,
        };
        // At the end of the format the letter stays 0, which no conversion has.
        spec.form[0] = b'%';
        for (slot, &byte) in spec
            .form
            .iter_mut()
            .skip(1)
            .zip(self.rest)
            .take(modifier_len + 1)
        {
            *slot = byte;
        }
        self.rest = self.rest.get(modifier_len + 1..).unwrap_or(&[]);
        Ok(spec)
    }
}

/// What a conversion takes, and in which order errors are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// `%c`: check the layout, then the argument, an integer.
    Char,
    /// `%d %i %u %o %x %X`: check the argument, an integer, then the layout.
    Integer,
    /// `%a %A %e %E %f %g %G`: `%a` checks the layout first, the others the argument, a float.
    Float,
    /// `%p`: any argument; then check the layout.
    Pointer,
    /// `%q`: any argument that has a literal form; no layout.
    Quoted,
    /// `%s`: the argument as text; [`text`] checks the layout.
    Text,
}

/// One conversion specification, from `%` to its letter.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    form: [u8; FORM_MAX],
    modifier_len: usize,
}

impl Spec {
    /// The letter that names the conversion.
    pub fn letter(&self) -> u8 {
        self.form.get(self.modifier_len + 1).copied().unwrap_or(0)
    }

    /// Whether the specification is just `%` and a letter.
    pub fn is_plain(&self) -> bool {
        self.modifier_len == 0
    }

    /// Which conversion it is.
    ///
    /// # Errors
    /// None has this letter, or it is `%q` with modifiers.
    pub fn conversion(&self) -> Result<Conversion, FormatError> {
        Ok(match self.letter() {
            b'c' => Conversion::Char,
            b'd' | b'i' | b'u' | b'o' | b'x' | b'X' => Conversion::Integer,
            b'a' | b'A' | b'e' | b'E' | b'f' | b'g' | b'G' => Conversion::Float,
            b'p' => Conversion::Pointer,
            b'q' if self.is_plain() => Conversion::Quoted,
            b'q' => return Err(FormatError::QuoteModifiers),
            b's' => Conversion::Text,
            _ => return Err(FormatError::Conversion(self.form)),
        })
    }

    /// The flags, width and precision, as far as the conversion takes them.
    ///
    /// # Errors
    /// A modifier that the conversion does not take, or a number of more than two digits.
    pub fn layout(&self) -> Result<Layout, FormatError> {
        let mut layout = Layout::default();
        if self.is_plain() {
            return Ok(layout);
        }
        let (flags, precision_allowed): (&[u8], bool) = match self.letter() {
            b'd' | b'i' => (b"-+0 ", true),
            b'u' => (b"-0", true),
            b'o' | b'x' | b'X' => (b"-#0", true),
            b'c' | b'p' => (b"-", false),
            b's' => (b"-", true),
            _ => (b"-+#0 ", true),
        };
        let mut rest = self.form.get(1..=self.modifier_len).unwrap_or(&[]);
        while let [flag, tail @ ..] = rest
            && flags.contains(flag)
        {
            match flag {
                b'-' => layout.left = true,
                b'+' => layout.plus = true,
                b' ' => layout.space = true,
                b'#' => layout.alternative = true,
                _ => layout.zeros = true,
            }
            rest = tail;
        }
        if rest.first() != Some(&b'0') {
            (layout.width, rest) = two_digits(rest);
            if let [b'.', tail @ ..] = rest
                && precision_allowed
            {
                let (precision, tail) = two_digits(tail);
                layout.precision = Some(precision);
                rest = tail;
            }
        }
        if rest.is_empty() {
            Ok(layout)
        } else {
            Err(FormatError::Specification(self.form))
        }
    }
}

/// Reads a number of at most two digits.
fn two_digits(text: &[u8]) -> (usize, &[u8]) {
    let mut value = 0;
    let mut rest = text;
    for _ in 0..2 {
        if let [digit @ b'0'..=b'9', tail @ ..] = rest {
            value = value * 10 + usize::from(digit - b'0');
            rest = tail;
        }
    }
    (value, rest)
}

/// The flags, width and precision of a conversion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// `-`: fill on the right.
    pub left: bool,
    /// `+`: a sign always.
    pub plus: bool,
    /// A blank where a plus sign would be.
    pub space: bool,
    /// `#`: the alternative form.
    pub alternative: bool,
    /// `0`: fill with zeros after the sign.
    pub zeros: bool,
    /// The least width.
    pub width: usize,
    /// Digits after the point, digits in all, or the most bytes of a string.
    pub precision: Option<usize>,
}

impl Layout {
    /// What stands before a number that is negative or not.
    pub(super) fn sign(&self, negative: bool) -> &'static [u8] {
        match (negative, self.plus, self.space) {
            (true, _, _) => b"-",
            (false, true, _) => b"+",
            (false, false, true) => b" ",
            (false, false, false) => b"",
        }
    }
}

/// Writes `prefix` and `body`, filled to the width; zeros go between the two.
pub(super) fn emit<S: Sink + ?Sized>(
    layout: &Layout,
    zeros: bool,
    prefix: &[u8],
    body: &[u8],
    sink: &mut S,
) -> Result<(), AllocError> {
    const ZEROS: [u8; 100] = [b'0'; 100];
    const BLANKS: [u8; 100] = [b' '; 100];
    let missing = layout.width.saturating_sub(prefix.len() + body.len());
    let fill = |from: &'static [u8; 100]| from.get(..missing).unwrap_or(from);
    if missing > 0 && !layout.left && !zeros {
        sink.push(fill(&BLANKS))?;
    }
    if !prefix.is_empty() {
        sink.push(prefix)?;
    }
    if missing > 0 && !layout.left && zeros {
        sink.push(fill(&ZEROS))?;
    }
    sink.push(body)?;
    if missing > 0 && layout.left {
        sink.push(fill(&BLANKS))?;
    }
    Ok(())
}

/// Writes `%c`.
///
/// # Errors
/// The sink refuses.
pub fn char<S: Sink + ?Sized>(layout: &Layout, code: i64, sink: &mut S) -> Result<(), AllocError> {
    emit(layout, false, b"", &[code as u8], sink)
}

/// Writes `%d`, `%i`, `%u`, `%o`, `%x` or `%X`, whichever `letter` says.
///
/// # Errors
/// The sink refuses.
pub fn integer<S: Sink + ?Sized>(
    letter: u8,
    layout: &Layout,
    value: i64,
    sink: &mut S,
) -> Result<(), AllocError> {
    if matches!(letter, b'd' | b'i') && *layout == Layout::default() {
        return sink.push(itoa::Buffer::new().format(value).as_bytes());
    }
    let mut decimal = itoa::Buffer::new();
    let mut powers = [0; 22];
    let (prefix, digits): (&[u8], &[u8]) = match letter {
        b'd' | b'i' => (
            layout.sign(value < 0),
            decimal.format(value.unsigned_abs()).as_bytes(),
        ),
        b'u' => (b"", decimal.format(value as u64).as_bytes()),
        b'o' => (b"", power_digits(value as u64, 3, b'a', &mut powers)),
        b'x' if layout.alternative && value != 0 => {
            (b"0x", power_digits(value as u64, 4, b'a', &mut powers))
        }
        b'X' if layout.alternative && value != 0 => {
            (b"0X", power_digits(value as u64, 4, b'A', &mut powers))
        }
        b'X' => (b"", power_digits(value as u64, 4, b'A', &mut powers)),
        _ => (b"", power_digits(value as u64, 4, b'a', &mut powers)),
    };
    let digits = if value == 0 && layout.precision == Some(0) {
        &[]
    } else {
        digits
    };
    let mut least = layout.precision.unwrap_or(0);
    if letter == b'o' && layout.alternative && digits.first() != Some(&b'0') {
        least = least.max(digits.len() + 1);
    }
    if least <= digits.len() {
        let zeros = layout.zeros && layout.precision.is_none();
        return emit(layout, zeros, prefix, digits, sink);
    }
    let mut text = Text::<104>::new();
    text.fill(b'0', least - digits.len());
    text.push(digits);
    let zeros = layout.zeros && layout.precision.is_none();
    emit(layout, zeros, prefix, text.bytes(), sink)
}

/// The digits of `value` in base `2^shift`; `ten` is the digit that stands for 10.
fn power_digits(value: u64, shift: u32, ten: u8, buffer: &mut [u8; 22]) -> &[u8] {
    let mask = (1u64 << shift) - 1;
    let mut rest = value;
    let mut start = buffer.len();
    for slot in buffer.iter_mut().rev() {
        let digit = (rest & mask) as u8;
        *slot = if digit < 10 {
            b'0' + digit
        } else {
            ten + digit - 10
        };
        start -= 1;
        rest >>= shift;
        if rest == 0 {
            break;
        }
    }
    buffer.get(start..).unwrap_or(&[])
}

/// Writes `%p` for an identity; none stands for a value that has none.
///
/// # Errors
/// The sink refuses.
pub fn pointer<S: Sink + ?Sized>(
    layout: &Layout,
    identity: Option<u64>,
    sink: &mut S,
) -> Result<(), AllocError> {
    match identity {
        None => emit(layout, false, b"", b"(null)", sink),
        Some(identity) => {
            let mut digits = [0; 22];
            let digits = power_digits(identity, 4, b'a', &mut digits);
            emit(layout, false, b"0x", digits, sink)
        }
    }
}

/// Writes `%s`.
///
/// # Errors
/// The specification is wrong, the string has zeros and modifiers apply, or the sink refuses.
pub fn text<S: Sink + ?Sized>(spec: &Spec, bytes: &[u8], sink: &mut S) -> Result<(), FormatError> {
    if spec.is_plain() {
        return Ok(sink.push(bytes)?);
    }
    if memchr::memchr(0, bytes).is_some() {
        return Err(FormatError::TextWithZeros);
    }
    let layout = spec.layout()?;
    if layout.precision.is_none() && bytes.len() >= UNPADDED_MIN {
        return Ok(sink.push(bytes)?);
    }
    let shown = layout.precision.unwrap_or(usize::MAX).min(bytes.len());
    let bytes = bytes.get(..shown).unwrap_or(bytes);
    Ok(emit(&layout, false, b"", bytes, sink)?)
}

/// Writes `%q` of a string: what the lexer reads back as the same bytes.
///
/// # Errors
/// The sink refuses.
pub fn quoted_text<S: Sink + ?Sized>(bytes: &[u8], sink: &mut S) -> Result<(), AllocError> {
    sink.push(b"\"")?;
    let mut start = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if !(byte < b' ' || matches!(byte, b'"' | b'\\' | 0x7F)) {
            continue;
        }
        sink.push(bytes.get(start..at).unwrap_or(&[]))?;
        start = at + 1;
        if matches!(byte, b'"' | b'\\' | b'\n') {
            sink.push(&[b'\\', byte])?;
            continue;
        }
        let code = [b'0' + byte / 100, b'0' + byte / 10 % 10, b'0' + byte % 10];
        let needs_three = bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
        let skipped = match byte {
            _ if needs_three => 0,
            0..=9 => 2,
            10..=99 => 1,
            _ => 0,
        };
        sink.push(b"\\")?;
        sink.push(code.get(skipped..).unwrap_or(&[]))?;
    }
    sink.push(bytes.get(start..).unwrap_or(&[]))?;
    sink.push(b"\"")
}

/// Writes `%q` of an integer.
///
/// # Errors
/// The sink refuses.
pub fn quoted_integer<S: Sink + ?Sized>(value: i64, sink: &mut S) -> Result<(), AllocError> {
    if value == i64::MIN {
        // In decimal it would read back as a float.
        return sink.push(b"0x8000000000000000");
    }
    sink.push(number::write_int(value, &mut [0; number::NUMBER_TEXT_MAX]))
}

/// Writes `%q` of a float: all its bits in hexadecimal, or what evaluates to it.
///
/// # Errors
/// The sink refuses.
pub fn quoted_float<S: Sink + ?Sized>(value: f64, sink: &mut S) -> Result<(), AllocError> {
    if value.is_nan() {
        return sink.push(b"(0/0)");
    }
    if value.is_infinite() {
        return sink.push(if value > 0.0 { b"1e9999" } else { b"-1e9999" });
    }
    let mut text = Text::<40>::new();
    text.push(if value.is_sign_negative() {
        b"-0x"
    } else {
        b"0x"
    });
    push_hex(&mut text, value.abs(), None, false);
    sink.push(text.bytes())
}

/// Why a format is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// The specification has too many modifiers.
    TooLong,
    /// No conversion has this letter.
    Conversion([u8; FORM_MAX]),
    /// The conversion does not take these modifiers.
    Specification([u8; FORM_MAX]),
    /// `%q` takes no modifiers.
    QuoteModifiers,
    /// A string with zeros is written with modifiers; an error of the argument.
    TextWithZeros,
    /// The sink refused.
    Memory(AllocError),
}

impl From<AllocError> for FormatError {
    fn from(error: AllocError) -> Self {
        Self::Memory(error)
    }
}

impl FormatError {
    /// The message in PUC Lua's words. That of [`FormatError::TextWithZeros`] goes into the
    /// message of a bad argument.
    pub fn message<'b>(&self, buffer: &'b mut [u8; MESSAGE_MAX]) -> &'b [u8] {
        let mut text = Text::<MESSAGE_MAX>::new();
        // As in C, a zero ends the specification that is shown.
        let shown = |form: &'_ [u8; FORM_MAX]| form.iter().take_while(|&&b| b != 0).count();
        match self {
            Self::TooLong => text.push(b"invalid format (too long)"),
            Self::Conversion(form) => {
                text.push(b"invalid conversion '");
                text.push(form.get(..shown(form)).unwrap_or(&[]));
                text.push(b"' to 'format'");
            }
            Self::Specification(form) => {
                text.push(b"invalid conversion specification: '");
                text.push(form.get(..shown(form)).unwrap_or(&[]));
                text.push(b"'");
            }
            Self::QuoteModifiers => text.push(b"specifier '%q' cannot have modifiers"),
            Self::TextWithZeros => text.push(b"string contains zeros"),
            Self::Memory(_) => text.push(b"not enough memory"),
        }
        let length = text.bytes().len();
        for (slot, &byte) in buffer.iter_mut().zip(text.bytes()) {
            *slot = byte;
        }
        buffer.get(..length).unwrap_or(&[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stdlib::format_float::float;

    enum Arg {
        Int(i64),
        Float(f64),
        Text(&'static [u8]),
    }
    use Arg::{Float, Int, Text as Bytes};

    fn convert(format: &[u8], arg: &Arg) -> Result<Vec<u8>, FormatError> {
        let mut out = Vec::new();
        let mut scanner = Scanner::new(format);
        while let Some(piece) = scanner.next_piece() {
            let Piece::Text(bytes) = piece else {
                let spec = scanner.spec()?;
                match (spec.conversion()?, arg) {
                    (Conversion::Char, Int(value)) => char(&spec.layout()?, *value, &mut out)?,
                    (Conversion::Integer, Int(value)) => {
                        integer(spec.letter(), &spec.layout()?, *value, &mut out)?;
                    }
                    (Conversion::Float, Float(value)) => {
                        float(spec.letter(), &spec.layout()?, *value, &mut out)?;
                    }
                    (Conversion::Pointer, Int(value)) => {
                        let identity = u64::try_from(*value).ok();
                        pointer(&spec.layout()?, identity, &mut out)?;
                    }
                    (Conversion::Quoted, Int(value)) => quoted_integer(*value, &mut out)?,
                    (Conversion::Quoted, Float(value)) => quoted_float(*value, &mut out)?,
                    (Conversion::Quoted, Bytes(bytes)) => quoted_text(bytes, &mut out)?,
                    (Conversion::Text, Bytes(bytes)) => text(&spec, bytes, &mut out)?,
                    _ => out.extend_from_slice(b"?"),
                }
                continue;
            };
            out.extend_from_slice(bytes);
        }
        Ok(out)
    }

    #[track_caller]
    fn check(format: &str, arg: Arg, expected: &str) {
        let out = convert(format.as_bytes(), &arg)
            .unwrap_or_else(|error| error.message(&mut [0; MESSAGE_MAX]).to_vec());
        assert_eq!(String::from_utf8_lossy(&out), expected, "{format}");
    }

    #[test]
    fn integers() {
        check("%d%%", Int(-5), "-5%");
        check("a%5db", Int(42), "a   42b");
        check("%-5d|", Int(42), "42   |");
        check("%05d", Int(-42), "-0042");
        check("%+d % d", Int(7), "+7  7");
        check("%+.3d", Int(7), "+007");
        check("%08.3d", Int(7), "     007");
        check("%.0d", Int(0), "");
        check("%i", Int(i64::MIN), "-9223372036854775808");
        check("%u", Int(-1), "18446744073709551615");
        check("%x %X", Int(-255), "ffffffffffffff01 FFFFFFFFFFFFFF01");
        check("%#x %#o %#X", Int(255), "0xff 0377 0XFF");
        check("%#x %#o", Int(0), "0 0");
        check("%#.0o", Int(0), "0");
        check("%#06x", Int(255), "0x00ff");
        check("%.99d", Int(1), &format!("{}1", "0".repeat(98)));
        check("%5c|%-3c|", Int(65), "    A|A  |");
        check("%p", Int(0x1234), "0x1234");
        check("%10p", Int(-1), "    (null)");
    }

    #[test]
    fn floats() {
        check("%.2f", Float(2.71459), "2.71");
        check("%.2f", Float(0.125), "0.12");
        check("%.2f", Float(0.375), "0.38");
        check("%.0f", Float(0.5), "0");
        check("%.0f", Float(1.5), "2");
        check("%#.0f", Float(1.0), "1.");
        check("%f", Float(1e15), "1000000000000000.000000");
        check("%.3f", Float(-0.0004), "-0.000");
        check(
            "%8.3f|%-8.1f|%08.2f",
            Float(-1.25),
            "  -1.250|-1.2    |-0001.25",
        );
        check("%.20f", Float(0.1), "0.10000000000000000555");
        check("%.3f", Float(2.0005), "2.001");
        check("%5.1f", Float(f64::INFINITY), "  inf");
        check("%05.1f", Float(f64::NEG_INFINITY), " -inf");
        check("%e", Float(12345.678), "1.234568e+04");
        check("%.0e %#.0E", Float(5e-10), "5e-10 5.E-10");
        check("%E", Float(0.0), "0.000000E+00");
        check("%.20e", Float(0.1), "1.00000000000000005551e-01");
        check("%g", Float(100000.0), "100000");
        check("%g", Float(1e6), "1e+06");
        check("%g", Float(0.0001), "0.0001");
        check("%g", Float(0.00001), "1e-05");
        check("%#g", Float(1.5), "1.50000");
        check("%#.3g", Float(0.0), "0.00");
        check("%.3g", Float(2.5e-7), "2.5e-07");
        check("%G", Float(1e-20), "1E-20");
        check("%.20g", Float(0.1), "0.10000000000000000555");
        check("%.30g", Float(1e22), "10000000000000000000000");
        check("%.17g", Float(0.1), "0.10000000000000001");
        check("%.99f", Float(0.5), &format!("0.5{}", "0".repeat(98)));
        let long = convert(b"%.99f", &Float(-f64::MAX)).unwrap();
        assert_eq!(long.len(), 410);
        check("%G", Float(f64::INFINITY), "INF");
    }

    #[test]
    fn hexadecimal_floats() {
        check("%a", Float(1.0), "0x1p+0");
        check("%a", Float(-0.0), "-0x0p+0");
        check("%a", Float(0.1), "0x1.999999999999ap-4");
        check("%A", Float(255.5), "0X1.FFP+7");
        check("%.2a", Float(0.1), "0x1.9ap-4");
        check("%.0a", Float(1.5), "0x2p+0");
        check("%.1a", Float(1.0 + 31.0 / 32.0), "0x2.0p+0");
        check("%.15a", Float(1.0), "0x1.000000000000000p+0");
        check("%a", Float(5e-324), "0x0.0000000000001p-1022");
        check("%012a", Float(1.5), "0x00001.8p+0");
        check("%#a", Float(1.0), "0x1.p+0");
    }

    #[test]
    fn strings() {
        check("%s", Bytes(b"abc"), "abc");
        check("%5s|%-5s|", Bytes(b"abc"), "  abc|abc  |");
        check("%.2s|%5.1s", Bytes(b"abc"), "ab|    a");
        check("%.s|%.0s", Bytes(b"abc"), "|");
        check("%5s", Bytes(b"a\0"), "string contains zeros");
        check("%s", Bytes(b"a\0"), "a\0");
        check("%99s", Bytes(&[b'x'; 120]), &"x".repeat(120));
        check(
            "%q",
            Bytes(b"a\n\"\\\0\r1\x7f2\x80"),
            "\"a\\\n\\\"\\\\\\0\\0131\\1272\u{fffd}\"",
        );
        check("%q", Int(i64::MIN), "0x8000000000000000");
        check("%q", Int(-7), "-7");
        check("%q", Float(0.5), "0x1p-1");
        check("%q", Float(-0.0), "-0x0p+0");
        check("%q", Float(f64::INFINITY), "1e9999");
        check("%q", Float(f64::NEG_INFINITY), "-1e9999");
        check("%q", Float(f64::NAN), "(0/0)");
    }

    #[test]
    fn wrong_specifications() {
        check("%y", Int(1), "invalid conversion '%y' to 'format'");
        check("%F", Float(1.0), "invalid conversion '%F' to 'format'");
        check("%", Int(1), "invalid conversion '%' to 'format'");
        check("%-", Int(1), "invalid conversion '%-' to 'format'");
        check("%5-d", Int(1), "invalid conversion specification: '%5-d'");
        check("%123d", Int(1), "invalid conversion specification: '%123d'");
        check(
            "%.123d",
            Int(1),
            "invalid conversion specification: '%.123d'",
        );
        check("%#d", Int(1), "invalid conversion specification: '%#d'");
        check("%+x", Int(1), "invalid conversion specification: '%+x'");
        check(
            "%05s",
            Bytes(b""),
            "invalid conversion specification: '%05s'",
        );
        check("%.1c", Int(1), "invalid conversion specification: '%.1c'");
        check("%5q", Int(1), "specifier '%q' cannot have modifiers");
        check(
            "%-----------------------d",
            Int(1),
            "invalid format (too long)",
        );
        check("%00000000000000000001d", Int(1), "1");
    }
}
