//! Patterns that are one item, which may repeat: what most loops over words look for.
//!
//! - **SI1** What they match is what the matcher would; no error can arise.
//!
//! Absent on purpose: sets of more than one member, which are worth remembering.
#![forbid(unsafe_code)]

use super::{Item, Span};

/// A pattern that is one item and needs no [`super::Matcher`].
#[derive(Clone, Copy, Debug)]
pub struct Simple {
    item: Item,
    repeats: bool,
}

impl Simple {
    /// The pattern, if it is such a one. The answer is no for sets of more than one member.
    #[inline]
    pub fn of(pattern: &[u8]) -> Option<Self> {
        let (item, suffix) = match pattern {
            [b'.', suffix @ ..] => (Item::Any, suffix),
            [b'%', b'b' | b'f' | b'0'..=b'9', ..] => return None,
            [b'%', letter, suffix @ ..] => (Item::escape(*letter), suffix),
            [b'[', b'^', byte, b']', suffix @ ..] if *byte != b'%' => (Item::Except(*byte), suffix),
            _ => return None,
        };
        match suffix {
            [] => Some(Self {
                item,
                repeats: false,
            }),
            [b'+'] => Some(Self {
                item,
                repeats: true,
            }),
            _ => None,
        }
    }

    /// Finds the first match at `from` or later.
    #[inline]
    pub fn find(&self, source: &[u8], from: usize) -> Option<Span> {
        let rest = source.get(from..)?;
        let skipped = self.item.first_in(rest)?;
        let len = match self.repeats {
            true => self.item.span(rest.get(skipped..)?),
            false => 1,
        };
        let start = from + skipped;
        let end = start + len;
        Some(Span { start, end })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Matcher, Scratch};
    use super::*;

    #[test]
    fn simple_patterns_match_what_the_matcher_does() {
        let source: Vec<u8> = (0..=255).chain(*b"  two words, 12]] ^%^ ").collect();
        let mut count = 0;
        for first in [&b"."[..], b"%", b"[^", b"x", b"["] {
            for second in 0..=255u8 {
                for rest in [&b""[..], b"+", b"]", b"]+", b"]*", b"-"] {
                    let pattern = [first, &[second], rest].concat();
                    for pattern in [&pattern[..], first] {
                        let Some(simple) = Simple::of(pattern) else {
                            continue;
                        };
                        count += 1;
                        for from in [0, 1, 200, 260, source.len(), source.len() + 1] {
                            let mut scratch = Scratch::new();
                            let mut meter = |_| true;
                            let mut matcher =
                                Matcher::unanchored(&source, pattern, &mut scratch, &mut meter);
                            let expected = matcher.find(from, None);
                            let shown = pattern.escape_ascii();
                            assert_eq!(Ok(simple.find(&source, from)), expected, "{shown} {from}");
                        }
                    }
                }
            }
        }
        assert!(count > 900, "{count}");
    }
}
