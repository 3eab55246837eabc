//! Binary layouts: the formats of `string.pack`, `string.unpack` and `string.packsize`.
//!
//! - **B1** Which formats are valid, and every message, are those of PUC Lua 5.4.8 on a 64-bit
//!   machine with small end first.
//! - **B2** A format is walked option by option; state that later options depend on (which end
//!   comes first, the greatest alignment) lives in [`Options`].
//! - **B3** Sizes stay below `2^31`, so that sums of a few of them cannot overflow.
//!
//! Absent on purpose: Lua values and the buffer of the result. `string.rs` has those.
#![forbid(unsafe_code)]

use crate::value::decimal::Text;

/// The size of the greatest integer that a format can name.
pub const INTEGER_BYTES_MAX: usize = 16;
/// The size of a Lua integer.
const INTEGER_BYTES: usize = 8;
/// The alignment that `!` asks for without a number.
const NATIVE_ALIGNMENT: usize = 8;
/// The greatest size of a packed value, as of any string in PUC Lua's buffers.
pub const SIZE_MAX: usize = i32::MAX as usize;
/// Bytes that hold any message of this module.
pub const MESSAGE_MAX: usize = 64;

/// What an option stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A signed integer.
    Signed,
    /// An unsigned integer.
    Unsigned,
    /// A float of four bytes.
    Single,
    /// A float of eight bytes.
    Double,
    /// A string of fixed size.
    Fixed,
    /// A string behind its length.
    Prefixed,
    /// A string that a zero ends.
    ZeroEnded,
    /// One byte of padding.
    Padding,
    /// Padding only, as the option after it would need.
    Alignment,
    /// A setting or a blank.
    Nothing,
}

/// An option with what it means where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it stands for.
    pub kind: Kind,
    /// Its bytes; of a [`Kind::Prefixed`] those of the length.
    pub size: usize,
    /// Bytes of padding before it.
    pub padding: usize,
    /// Whether the small end comes first.
    pub little: bool,
}

/// Why a format or a value is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackError {
    /// No option has this letter.
    Option(u8),
    /// The size of an integer is not within 1 to 16.
    IntegerSize(usize),
    /// A `c` without its size.
    MissingSize,
    /// `X` is not followed by an option that can be aligned to.
    Alignment,
    /// An alignment is not a power of two.
    AlignmentPower,
    /// A signed integer does not fit.
    Overflow,
    /// An unsigned integer does not fit.
    UnsignedOverflow,
    /// An integer of this many bytes is greater than those of Lua.
    WideInteger(usize),
}

impl PackError {
    /// Whether PUC Lua words this as an error of an argument: of the format, or of the value.
    pub fn is_argument(&self) -> bool {
        matches!(
            self,
            Self::Alignment | Self::AlignmentPower | Self::Overflow | Self::UnsignedOverflow
        )
    }

    /// The message in PUC Lua's words, without what a bad argument puts before it.
    pub fn message<'b>(&self, buffer: &'b mut [u8; MESSAGE_MAX]) -> &'b [u8] {
        let mut text = Text::<MESSAGE_MAX>::new();
        let mut number = itoa::Buffer::new();
        match self {
            Self::Option(letter) => {
                text.push(b"invalid format option '");
                text.push(&[*letter]);
                text.push(b"'");
            }
            Self::IntegerSize(size) => {
                text.push(b"integral size (");
                text.push(number.format(*size).as_bytes());
                text.push(b") out of limits [1,16]");
            }
            Self::MissingSize => text.push(b"missing size for format option 'c'"),
            Self::Alignment => text.push(b"invalid next option for option 'X'"),
            Self::AlignmentPower => text.push(b"format asks for alignment not power of 2"),
            Self::Overflow => text.push(b"integer overflow"),
            Self::UnsignedOverflow => text.push(b"unsigned overflow"),
            Self::WideInteger(size) => {
                text.push(number.format(*size).as_bytes());
                text.push(b"-byte integer does not fit into Lua Integer");
            }
        }
        let length = text.bytes().len();
        for (slot, &byte) in buffer.iter_mut().zip(text.bytes()) {
            *slot = byte;
        }
        buffer.get(..length).unwrap_or(&[])
    }
}

/// Walks a format option by option.
#[derive(Clone, Copy, Debug)]
pub struct Options<'f> {
    rest: &'f [u8],
    little: bool,
    alignment_max: usize,
}

impl<'f> Options<'f> {
    /// Starts at the beginning of `format`, which ends at a zero if it has one.
    pub fn new(format: &'f [u8]) -> Self {
        Self {
            rest: format,
            little: cfg!(target_endian = "little"),
            alignment_max: 1,
        }
    }

    /// Whether the format ends here: formats are short, so a zero is not looked for before.
    #[inline(always)]
    fn is_at_end(&self) -> bool {
        matches!(self.rest, [] | [0, ..])
    }

    /// The next option, given the bytes before it; none at the end of the format.
    ///
    /// # Errors
    /// The option is malformed.
    #[inline]
    pub fn next_field(&mut self, position: usize) -> Result<Option<Field>, PackError> {
        if self.is_at_end() {
            return Ok(None);
        }
        let (kind, size) = self.option()?;
        let mut alignment = size;
        if kind == Kind::Alignment {
            if self.is_at_end() {
                return Err(PackError::Alignment);
            }
            let (next, next_size) = self.option()?;
            if next == Kind::Fixed || next_size == 0 {
                return Err(PackError::Alignment);
            }
            alignment = next_size;
        }
        let mut padding = 0;
        // Without `!` nothing is aligned.
        if self.alignment_max > 1 && alignment > 1 && kind != Kind::Fixed {
            alignment = alignment.min(self.alignment_max);
            if !alignment.is_power_of_two() {
                return Err(PackError::AlignmentPower);
            }
            padding = position.wrapping_neg() & (alignment - 1);
        }
        Ok(Some(Field {
            kind,
            size,
            padding,
            little: self.little,
        }))
    }

    /// Reads one option: its kind and size.
    #[inline]
    fn option(&mut self) -> Result<(Kind, usize), PackError> {
        let Some((&letter, rest)) = self.rest.split_first() else {
            return Ok((Kind::Nothing, 0));
        };
        self.rest = rest;
        Ok(match letter {
            b'b' => (Kind::Signed, 1),
            b'B' => (Kind::Unsigned, 1),
            b'h' => (Kind::Signed, 2),
            b'H' => (Kind::Unsigned, 2),
            b'l' | b'j' => (Kind::Signed, 8),
            b'L' | b'J' | b'T' => (Kind::Unsigned, 8),
            b'f' => (Kind::Single, 4),
            b'd' | b'n' => (Kind::Double, 8),
            b'i' => (Kind::Signed, self.integer_size(4)?),
            b'I' => (Kind::Unsigned, self.integer_size(4)?),
            b's' => (Kind::Prefixed, self.integer_size(8)?),
            b'c' => match self.number() {
                Some(size) => (Kind::Fixed, size),
                None => return Err(PackError::MissingSize),
            },
            b'z' => (Kind::ZeroEnded, 0),
            b'x' => (Kind::Padding, 1),
            b'X' => (Kind::Alignment, 0),
            b' ' => (Kind::Nothing, 0),
            b'<' | b'>' | b'=' => {
                self.little = letter == b'<' || (letter == b'=' && cfg!(target_endian = "little"));
                (Kind::Nothing, 0)
            }
            b'!' => {
                self.alignment_max = self.integer_size(NATIVE_ALIGNMENT)?;
                (Kind::Nothing, 0)
            }
            _ => return Err(PackError::Option(letter)),
        })
    }

    /// Reads a number; it ends early before it could exceed `SIZE_MAX`.
    fn number(&mut self) -> Option<usize> {
        let mut value = None;
        while let [digit @ b'0'..=b'9', tail @ ..] = self.rest {
            let before = value.unwrap_or(0);
            if before > (SIZE_MAX - 9) / 10 {
                break;
            }
            value = Some(before * 10 + usize::from(digit - b'0'));
            self.rest = tail;
        }
        value
    }

    /// Reads the size of an integer, which may be left out.
    #[inline]
    fn integer_size(&mut self, default: usize) -> Result<usize, PackError> {
        // Nearly all sizes are one digit.
        match self.rest {
            [b'0'..=b'9', b'0'..=b'9', ..] | [b'0', ..] => {}
            [digit @ b'1'..=b'9', tail @ ..] => {
                self.rest = tail;
                return Ok(usize::from(digit - b'0'));
            }
            _ => return Ok(default),
        }
        match self.number() {
            None => Ok(default),
            Some(size) if (1..=INTEGER_BYTES_MAX).contains(&size) => Ok(size),
            Some(size) => Err(PackError::IntegerSize(size)),
        }
    }
}

/// Checks that `value` fits an integer field.
///
/// # Errors
/// It does not.
pub fn check_integer(field: &Field, value: i64) -> Result<(), PackError> {
    if field.size >= INTEGER_BYTES {
        return Ok(());
    }
    let bits = 8 * field.size as u32;
    if field.kind == Kind::Signed {
        let limit = 1i64 << (bits - 1);
        if !(-limit..limit).contains(&value) {
            return Err(PackError::Overflow);
        }
    } else if value as u64 >> bits != 0 {
        return Err(PackError::UnsignedOverflow);
    }
    Ok(())
}

/// Whether a string of `length` bytes can stand behind a length of this field's size.
pub fn length_fits(field: &Field, length: usize) -> bool {
    field.size >= INTEGER_BYTES || length as u64 >> (8 * field.size as u32) == 0
}

/// The bytes of an integer. A negative one is extended only where the field is signed.
pub fn encode_integer<'b>(
    field: &Field,
    value: i64,
    buffer: &'b mut [u8; INTEGER_BYTES_MAX],
) -> &'b [u8] {
    let wide = if field.kind == Kind::Signed {
        i128::from(value)
    } else {
        i128::from(value as u64)
    };
    *buffer = wide.to_le_bytes();
    let bytes = buffer.get_mut(..field.size).unwrap_or(&mut []);
    if !field.little {
        bytes.reverse();
    }
    bytes
}

/// The integer that `bytes`, as many as the field has, stand for.
///
/// # Errors
/// It is greater than those of Lua.
pub fn decode_integer(field: &Field, bytes: &[u8]) -> Result<i64, PackError> {
    let signed = field.kind == Kind::Signed;
    let mut wide = [0; INTEGER_BYTES_MAX];
    for (slot, &byte) in wide.iter_mut().zip(bytes) {
        *slot = byte;
    }
    let size = bytes.len().min(INTEGER_BYTES_MAX);
    if !field.little {
        wide.get_mut(..size).unwrap_or(&mut []).reverse();
    }
    let unused = 8 * (INTEGER_BYTES_MAX - size) as u32;
    let raw = i128::from_le_bytes(wide);
    if size <= INTEGER_BYTES {
        let shifted = raw.checked_shl(unused).unwrap_or(0);
        let extended = shifted.checked_shr(unused).unwrap_or(0);
        return Ok(if signed { extended as i64 } else { raw as i64 });
    }
    // Bytes beyond the eighth must repeat the sign; unsigned, they must be zero.
    let extended = raw << unused >> unused;
    let fits = if signed {
        i128::from(extended as i64) == extended
    } else {
        raw as u128 >> 64 == 0
    };
    if fits {
        Ok(extended as i64)
    } else {
        Err(PackError::WideInteger(field.size))
    }
}

/// The bytes of a float.
pub fn encode_float<'b>(
    field: &Field,
    value: f64,
    buffer: &'b mut [u8; INTEGER_BYTES_MAX],
) -> &'b [u8] {
    let bits = if field.kind == Kind::Single {
        u128::from((value as f32).to_bits())
    } else {
        u128::from(value.to_bits())
    };
    *buffer = bits.to_le_bytes();
    let bytes = buffer.get_mut(..field.size).unwrap_or(&mut []);
    if !field.little {
        bytes.reverse();
    }
    bytes
}

/// The float that `bytes`, as many as the field has, stand for.
pub fn decode_float(field: &Field, bytes: &[u8]) -> f64 {
    let mut bits = 0u64;
    let mut add = |byte: &u8| bits = bits << 8 | u64::from(*byte);
    if field.little {
        bytes.iter().rev().for_each(&mut add);
    } else {
        bytes.iter().for_each(&mut add);
    }
    if field.kind == Kind::Single {
        f64::from(f32::from_bits(bits as u32))
    } else {
        f64::from_bits(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(format: &[u8]) -> Result<Vec<(Kind, usize, usize)>, PackError> {
        let mut options = Options::new(format);
        let mut position = 0;
        let mut found = Vec::new();
        while let Some(field) = options.next_field(position)? {
            position += field.padding + field.size;
            if field.kind != Kind::Nothing {
                found.push((field.kind, field.size, field.padding));
            }
        }
        Ok(found)
    }

    #[track_caller]
    fn check_error(format: &[u8], message: &str) {
        let error = fields(format).expect_err("the format is malformed");
        let mut buffer = [0; MESSAGE_MAX];
        assert_eq!(error.message(&mut buffer), message.as_bytes());
    }

    #[test]
    fn options_have_sizes_and_padding() {
        use Kind::{Alignment, Fixed, Padding, Prefixed, Signed, Unsigned, ZeroEnded};
        assert_eq!(
            fields(b"<!4 b i8 I3xs2 z c10 B").map(|list| list.len()),
            Err(PackError::AlignmentPower)
        );
        assert_eq!(
            fields(b"!4 b i8 xs2zc10h"),
            Ok(vec![
                (Signed, 1, 0),
                (Signed, 8, 3),
                (Padding, 1, 0),
                (Prefixed, 2, 1),
                (ZeroEnded, 0, 0),
                (Fixed, 10, 0),
                (Signed, 2, 0),
            ])
        );
        assert_eq!(
            fields(b"!bXi4B"),
            Ok(vec![(Signed, 1, 0), (Alignment, 0, 3), (Unsigned, 1, 0)])
        );
        assert_eq!(fields(b"bi8"), Ok(vec![(Signed, 1, 0), (Signed, 8, 0)]));
        assert_eq!(fields(b"b\0?"), Ok(vec![(Signed, 1, 0)]));
        assert_eq!(fields(b"c0"), Ok(vec![(Fixed, 0, 0)]));
    }

    #[test]
    fn malformed_formats_are_refused() {
        check_error(b"y", "invalid format option 'y'");
        check_error(b"i0", "integral size (0) out of limits [1,16]");
        check_error(b"I17", "integral size (17) out of limits [1,16]");
        check_error(b"!20", "integral size (20) out of limits [1,16]");
        check_error(b"c", "missing size for format option 'c'");
        check_error(b"X", "invalid next option for option 'X'");
        check_error(b"Xz", "invalid next option for option 'X'");
        check_error(b"Xc1", "invalid next option for option 'X'");
        check_error(b"X ", "invalid next option for option 'X'");
        check_error(b"!16i3", "format asks for alignment not power of 2");
        check_error(b"c99999999999", "invalid format option '9'");
    }

    fn field(kind: Kind, size: usize, little: bool) -> Field {
        Field {
            kind,
            size,
            padding: 0,
            little,
        }
    }

    #[test]
    fn integers_of_every_size_round_trip() {
        for size in 1..=INTEGER_BYTES_MAX {
            for little in [false, true] {
                for value in [0, 1, -1, 127, -128, 255, 32_767, i64::MAX, i64::MIN] {
                    for kind in [Kind::Signed, Kind::Unsigned] {
                        let field = field(kind, size, little);
                        let mut buffer = [0; INTEGER_BYTES_MAX];
                        if check_integer(&field, value).is_err() {
                            assert!(size < 8);
                            continue;
                        }
                        let bytes = encode_integer(&field, value, &mut buffer);
                        assert_eq!(bytes.len(), size);
                        assert_eq!(decode_integer(&field, bytes), Ok(value), "{field:?}");
                    }
                }
            }
        }
        let wide = field(Kind::Signed, 9, true);
        let bytes = [0, 0, 0, 0, 0, 0, 0, 128, 0];
        assert_eq!(
            decode_integer(&wide, &bytes),
            Err(PackError::WideInteger(9))
        );
        let mut buffer = [0; INTEGER_BYTES_MAX];
        let big = field(Kind::Signed, 3, false);
        assert_eq!(encode_integer(&big, -2, &mut buffer), [0xFF, 0xFF, 0xFE]);
        assert_eq!(check_integer(&big, 1 << 23), Err(PackError::Overflow));
        let byte = field(Kind::Unsigned, 1, false);
        assert_eq!(check_integer(&byte, 256), Err(PackError::UnsignedOverflow));
        assert_eq!(check_integer(&byte, -1), Err(PackError::UnsignedOverflow));
        assert!(length_fits(&byte, 255) && !length_fits(&byte, 256));
    }

    #[test]
    fn floats_round_trip() {
        for little in [false, true] {
            let mut buffer = [0; INTEGER_BYTES_MAX];
            for value in [0.0, -1.5, 1e300, f64::INFINITY] {
                let double = field(Kind::Double, 8, little);
                let bytes = encode_float(&double, value, &mut buffer);
                assert_eq!(decode_float(&double, bytes), value);
            }
            let single = field(Kind::Single, 4, little);
            let bytes = encode_float(&single, 0.5, &mut buffer);
            assert_eq!(bytes.len(), 4);
            assert_eq!(decode_float(&single, bytes), 0.5);
        }
    }
}
