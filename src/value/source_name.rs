//! How messages show the name of a source.
#![forbid(unsafe_code)]

/// The longest name shown.
const SHOWN_MAX: usize = 59;
const ELLIPSIS: &[u8] = b"...";
const STRING_START: &[u8] = b"[string \"";
const STRING_END: &[u8] = b"\"]";
/// What a quoted source may take between the brackets.
const QUOTED_MAX: usize = SHOWN_MAX - STRING_START.len() - ELLIPSIS.len() - STRING_END.len();

/// A source name, shortened to be shown: `=name` as it is, `@file` with its end kept, and anything
/// else, being the source itself, as `[string "first line..."]`.
#[derive(Clone, Copy)]
pub struct ShownSource {
    text: [u8; SHOWN_MAX],
    len: usize,
}

impl ShownSource {
    /// Shortens `source_name`.
    pub fn new(source_name: &[u8]) -> Self {
        let mut shown = Self {
            text: [0; SHOWN_MAX],
            len: 0,
        };
        match source_name.split_first() {
            Some((b'=', name)) => shown.push(name),
            Some((b'@', name)) if name.len() <= SHOWN_MAX => shown.push(name),
            Some((b'@', name)) => {
                shown.push(ELLIPSIS);
                let kept = SHOWN_MAX - ELLIPSIS.len();
                shown.push(name.get(name.len() - kept..).unwrap_or_default());
            }
            _ => shown.push_quoted(source_name),
        }
        shown
    }

    /// The bytes to show.
    pub fn as_bytes(&self) -> &[u8] {
        self.text.get(..self.len).unwrap_or_default()
    }

    fn push_quoted(&mut self, source: &[u8]) {
        // Sources may be as long as memory has room for, and no more of one is shown than this.
        let start = source.get(..QUOTED_MAX).unwrap_or(source);
        let line = start.split(|&byte| byte == b'\n').next();
        let line = line.unwrap_or_default();
        self.push(STRING_START);
        if line.len() == source.len() && source.len() < QUOTED_MAX {
            self.push(source);
        } else {
            self.push(line);
            self.push(ELLIPSIS);
        }
        self.push(STRING_END);
    }

    /// Appends what fits.
    fn push(&mut self, bytes: &[u8]) {
        for (slot, &byte) in self.text.iter_mut().skip(self.len).zip(bytes) {
            *slot = byte;
            self.len += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source_name: &str, expected: &str) {
        let shown = ShownSource::new(source_name.as_bytes());
        assert_eq!(String::from_utf8_lossy(shown.as_bytes()), expected);
    }

    #[test]
    fn names_are_shortened_as_in_puc_lua() {
        check("=stdin", "stdin");
        check("=", "");
        check("@a.lua", "a.lua");
        check("", "[string \"\"]");
        check("x = 1", "[string \"x = 1\"]");
        check("x = 1\ny", "[string \"x = 1...\"]");
        check("\n", "[string \"...\"]");
        let digits = "0123456789".repeat(8);
        check(&format!("={}", &digits[..59]), &digits[..59]);
        check(&format!("={digits}"), &digits[..59]);
        check(&format!("@{}", &digits[..59]), &digits[..59]);
        check(
            &format!("@{}", &digits[..60]),
            &format!("...{}", &digits[4..60]),
        );
        check(&digits[..44], &format!("[string \"{}\"]", &digits[..44]));
        check(&digits[..45], &format!("[string \"{}...\"]", &digits[..45]));
        check(&digits, &format!("[string \"{}...\"]", &digits[..45]));
        let line_end = format!("{}\ny", &digits[..44]);
        check(&line_end, &format!("[string \"{}...\"]", &digits[..44]));
        let line_end = format!("{}\ny", &digits[..45]);
        check(&line_end, &format!("[string \"{}...\"]", &digits[..45]));
    }
}
