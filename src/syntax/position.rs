//! Where in a source something stands, and where its first line starts.
#![forbid(unsafe_code)]

/// A line number; the first line is 1. Zero stands for "no line", as for a main function.
pub type Line = u32;

/// Lines are counted up to what PUC Lua can count.
pub(super) const LINE_MAX: Line = i32::MAX as Line;

/// Skips what may stand before a script in a file: a byte order mark, and a first line that
/// starts with `#`. The line's end is kept, so that line numbers stay true.
///
/// This is for files only: a string given to `load` is taken as it is.
pub fn skip_preamble(source: &[u8]) -> &[u8] {
    let source = source.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(source);
    if source.first() != Some(&b'#') {
        return source;
    }
    let end = memchr::memchr(b'\n', source).unwrap_or(source.len());
    source.get(end..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &[u8], expected: &[u8]) {
        assert_eq!(skip_preamble(source), expected);
    }

    #[test]
    fn preambles_are_skipped() {
        check(b"", b"");
        check(b"x = 1", b"x = 1");
        check(b"#!/usr/bin/lua\nx = 1", b"\nx = 1");
        check(b"\xEF\xBB\xBFx = 1", b"x = 1");
        check(b"\xEF\xBB\xBF# x\r\ny", b"\ny");
        check(b"#only", b"");
        check(b"\n#no", b"\n#no");
    }
}
