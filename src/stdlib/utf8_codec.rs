//! UTF-8 as Lua understands it: the original scheme, with code points up to `2^31 - 1` in at most
//! six bytes, or strictly, as Unicode bounds it.
//!
//! - **U1** Overlong forms are refused, strict or not.
//! - **U2** Positions here count bytes from 0; the library adds its 1.
//! - **U3** No function reads a byte twice more often than the text is long.
//!
//! Absent on purpose: argument checks and messages, which the `utf8` library and the lexer word.
#![forbid(unsafe_code)]

/// The greatest code point that the original scheme can write.
pub const CODE_POINT_MAX: u32 = 0x7FFF_FFFF;
/// The greatest code point of Unicode.
const UNICODE_MAX: u32 = 0x10_FFFF;
/// The bytes of the longest sequence.
pub const SEQUENCE_MAX: usize = 6;

/// Whether `byte` continues a sequence rather than starting one.
#[inline]
pub fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// Reads the sequence at the start of `bytes`: its code point and its length, or none if it is
/// not well formed. Strictly, surrogates and what lies beyond Unicode are refused as well.
#[inline]
pub fn decode(bytes: &[u8], strict: bool) -> Option<(u32, usize)> {
    match bytes.first() {
        Some(&byte) if byte < 0x80 => Some((u32::from(byte), 1)),
        Some(&byte) => decode_long(byte, bytes, strict),
        None => None,
    }
}

/// The least code point for each number of continuation bytes.
const LEAST: [u32; SEQUENCE_MAX] = [0, 0x80, 0x800, 0x1_0000, 0x20_0000, 0x400_0000];

fn decode_long(first: u8, bytes: &[u8], strict: bool) -> Option<(u32, usize)> {
    // Most sequences have two bytes, or three and nothing to be refused.
    match (first, bytes) {
        (0xC2..=0xDF, [_, second, ..]) if is_continuation(*second) => {
            return Some((u32::from(first & 0x1F) << 6 | u32::from(second & 0x3F), 2));
        }
        (0xE1..=0xEC, [_, second, third, ..])
            if is_continuation(*second) && is_continuation(*third) =>
        {
            let high = u32::from(first & 0x0F) << 12 | u32::from(second & 0x3F) << 6;
            return Some((high | u32::from(third & 0x3F), 3));
        }
        _ => {}
    }
    let length = first.leading_ones() as usize;
    if !(2..=SEQUENCE_MAX).contains(&length) {
        return None;
    }
    let mut code = u32::from(first & (0x7F >> length));
    for &byte in bytes.get(1..length)? {
        if !is_continuation(byte) {
            return None;
        }
        code = code << 6 | u32::from(byte & 0x3F);
    }
    if code < *LEAST.get(length - 1)? {
        return None;
    }
    if strict && (code > UNICODE_MAX || (0xD800..=0xDFFF).contains(&code)) {
        return None;
    }
    Some((code, length))
}

/// Writes the sequence of `code`, which is at most [`CODE_POINT_MAX`], and returns it; a greater
/// one loses its top bit.
pub fn encode(code: u32, buffer: &mut [u8; SEQUENCE_MAX]) -> &[u8] {
    let code = code & CODE_POINT_MAX;
    if code < 0x80 {
        buffer[0] = code as u8;
        return &buffer[..1];
    }
    let length = LEAST.iter().filter(|&&least| least <= code).count();
    let mut rest = code;
    for slot in buffer.iter_mut().take(length).skip(1).rev() {
        *slot = 0x80 | (rest & 0x3F) as u8;
        rest >>= 6;
    }
    // The mask of a first byte: as many ones as the sequence is long, then a zero.
    buffer[0] = !(0xFF_u8 >> length) | rest as u8;
    buffer.get(..length).unwrap_or(&[])
}

/// Counts the characters that start at `start` or later and before `end`.
///
/// # Errors
/// The position of the first sequence that is not well formed.
pub fn count(bytes: &[u8], start: usize, end: usize, strict: bool) -> Result<usize, usize> {
    let mut at = start;
    let mut total = 0;
    while at < end {
        let rest = bytes.get(at..).ok_or(at)?;
        let (_, length) = decode(rest, strict).ok_or(at)?;
        at += length;
        total += 1;
    }
    Ok(total)
}

/// What keeps [`offset`] from an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartsInside;

/// The position of the `nth` character counted from `start`, which is at most the length; 0 asks
/// for the character that `start` lies in, a negative number counts backwards.
///
/// # Errors
/// `start` lies inside a character, and `nth` is not 0.
pub fn offset(bytes: &[u8], nth: i64, start: usize) -> Result<Option<usize>, StartsInside> {
    let inside = |at: usize| bytes.get(at).is_some_and(|&byte| is_continuation(byte));
    let mut at = start.min(bytes.len());
    if nth == 0 {
        while at > 0 && inside(at) {
            at -= 1;
        }
        return Ok(Some(at));
    }
    if inside(at) {
        return Err(StartsInside);
    }
    if nth > 0 {
        return Ok(nth_from(bytes, at, nth - 1));
    }
    let mut left = nth;
    while left < 0 && at > 0 {
        at -= 1;
        while at > 0 && inside(at) {
            at -= 1;
        }
        left += 1;
    }
    Ok((left == 0).then_some(at))
}

/// The start of the character that comes `count` after the one at `at`; the end counts as one.
fn nth_from(bytes: &[u8], at: usize, count: i64) -> Option<usize> {
    let mut left = count;
    if left == 0 {
        return Some(at);
    }
    let behind = bytes.get(at + 1..)?;
    for (index, &byte) in behind.iter().enumerate() {
        left -= i64::from(!is_continuation(byte));
        if left == 0 {
            return Some(at + 1 + index);
        }
    }
    (left == 1).then_some(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_round_trip(code: u32, expected: &[u8]) {
        let mut buffer = [0; SEQUENCE_MAX];
        assert_eq!(encode(code, &mut buffer), expected);
        assert_eq!(decode(expected, false), Some((code, expected.len())));
    }

    #[test]
    fn code_points_round_trip() {
        check_round_trip(0, b"\0");
        check_round_trip(0x7F, b"\x7F");
        check_round_trip(0x80, b"\xC2\x80");
        check_round_trip(0x7FF, b"\xDF\xBF");
        check_round_trip(0x800, b"\xE0\xA0\x80");
        check_round_trip(0xFFFF, b"\xEF\xBF\xBF");
        check_round_trip(0x1_0000, b"\xF0\x90\x80\x80");
        check_round_trip(0x1F_FFFF, b"\xF7\xBF\xBF\xBF");
        check_round_trip(0x20_0000, b"\xF8\x88\x80\x80\x80");
        check_round_trip(0x3FF_FFFF, b"\xFB\xBF\xBF\xBF\xBF");
        check_round_trip(0x400_0000, b"\xFC\x84\x80\x80\x80\x80");
        check_round_trip(CODE_POINT_MAX, b"\xFD\xBF\xBF\xBF\xBF\xBF");
    }

    #[test]
    fn encoding_agrees_with_the_core_library() {
        for code in (0..=UNICODE_MAX).step_by(7) {
            if let Some(character) = char::from_u32(code) {
                let mut ours = [0; SEQUENCE_MAX];
                let mut theirs = [0; 4];
                let expected = character.encode_utf8(&mut theirs).as_bytes();
                assert_eq!(encode(code, &mut ours), expected);
                assert_eq!(decode(expected, true), Some((code, expected.len())));
            }
        }
    }

    #[test]
    fn malformed_sequences_are_refused() {
        for bytes in [
            &b""[..],
            b"\x80",
            b"\xBF",
            b"\xC0\x80",
            b"\xC1\xBF",
            b"\xC2",
            b"\xC2a",
            b"\xE0\x9F\xBF",
            b"\xF0\x8F\xBF\xBF",
            b"\xF8\x87\xBF\xBF\xBF",
            b"\xFC\x83\xBF\xBF\xBF\xBF",
            b"\xFE\x80\x80\x80\x80\x80\x80",
            b"\xFF\x80\x80\x80\x80\x80\x80\x80",
        ] {
            assert_eq!(decode(bytes, false), None, "{bytes:?}");
        }
        for bytes in [&b"\xED\xA0\x80"[..], b"\xED\xBF\xBF", b"\xF4\x90\x80\x80"] {
            assert_eq!(decode(bytes, true), None, "{bytes:?}");
            assert!(decode(bytes, false).is_some(), "{bytes:?}");
        }
    }

    #[test]
    fn characters_are_counted_and_found() {
        let text = "aé€😀z".as_bytes();
        assert_eq!(count(text, 0, text.len(), true), Ok(5));
        assert_eq!(count(text, 1, 2, true), Ok(1));
        assert_eq!(count(text, 2, 4, true), Err(2));
        assert_eq!(offset(text, 3, 0), Ok(Some(3)));
        assert_eq!(offset(text, 6, 0), Ok(Some(11)));
        assert_eq!(offset(text, 7, 0), Ok(None));
        assert_eq!(offset(text, -1, 11), Ok(Some(10)));
        assert_eq!(offset(text, -5, 11), Ok(Some(0)));
        assert_eq!(offset(text, -6, 11), Ok(None));
        assert_eq!(offset(text, 0, 5), Ok(Some(3)));
        assert_eq!(offset(text, 1, 2), Err(StartsInside));
    }
}
