//! Repetitions: the longest and the shortest run of an item after which the rest matches.
#![forbid(unsafe_code)]
//!
//! - **R1** A place is passed over without trying only where the rest of the pattern would fail
//!   there, and raise no error (P1).

use super::{BYTES_PER_STEP, Item, Matcher, Outcome, PatternError};

impl Matcher<'_, '_> {
    /// The longest run of `item` from `s`, where it matches, after which the rest of the pattern
    /// does. The suffix, `*` or `+`, is at `suffix`.
    pub(super) fn max_expand(&mut self, item: &Item, s: usize, suffix: usize) -> Outcome {
        let mut at = s + item.span(self.slice(s, self.source.len()));
        self.spend((at - s) / BYTES_PER_STEP)?;
        let p = suffix + 1;
        if p == self.pattern.len() && self.held.depth > 0 {
            return Ok(Some(at));
        }
        let s = s + usize::from(self.pattern.get(suffix) == Some(&b'+'));
        let needed = self.needed_byte(p);
        loop {
            if let Some(byte) = needed {
                // The byte at `at` itself may be the one, if there is one.
                let last = (at + 1).min(self.source.len());
                match memchr::memrchr(byte, self.slice(s, last)) {
                    Some(offset) => {
                        self.spend((last - s - offset) / BYTES_PER_STEP)?;
                        at = s + offset;
                    }
                    None => {
                        self.spend((last - s) / BYTES_PER_STEP)?;
                        return Ok(None);
                    }
                }
            }
            if let Some(end) = self.run(at, p)? {
                return Ok(Some(end));
            }
            if at == s {
                return Ok(None);
            }
            at -= 1;
        }
    }

    /// The shortest run of `item` from `s` after which the pattern from `p` matches.
    pub(super) fn min_expand(&mut self, item: &Item, s: usize, p: usize) -> Outcome {
        if let Some(tail) = self.tail_item(p)? {
            // The rest matches where only what the tail matches is left, and nowhere before.
            let rest = self.slice(s, self.source.len());
            let tail_len = rest.iter().rev().take_while(|&&byte| tail.matches(byte));
            let len = rest.len() - tail_len.count();
            self.spend(rest.len() / BYTES_PER_STEP)?;
            return match item.span(rest.get(..len).unwrap_or(rest)) < len {
                true => Ok(None),
                false => self.run(s + len, p),
            };
        }
        let mut at = s;
        let needed = self.needed_byte(p);
        loop {
            if let Some(byte) = needed {
                let rest = self.slice(at, self.source.len());
                let run = match item {
                    Item::Any => memchr::memchr(byte, rest),
                    _ => rest.iter().position(|&b| b == byte || !item.matches(b)),
                };
                self.spend(run.unwrap_or(rest.len()) / BYTES_PER_STEP)?;
                match run {
                    Some(run) if rest.get(run) == Some(&byte) => at += run,
                    _ => return Ok(None),
                }
            }
            if let Some(end) = self.run(at, p)? {
                return Ok(Some(end));
            }
            match self.source.get(at) {
                Some(&byte) if item.matches(byte) => at += 1,
                _ => return Ok(None),
            }
        }
    }

    /// The item of a rest that is an item, `*` and `$`, perhaps behind the end of a capture: what
    /// cuts white space off an end. None where trying could raise an error.
    fn tail_item(&mut self, p: usize) -> Result<Option<Item>, PatternError> {
        let Some(rest) = self.pattern.get(p..).filter(|rest| rest.ends_with(b"*$")) else {
            return Ok(None);
        };
        let at = p + usize::from(rest.first() == Some(&b')'));
        let is_safe = self.held.depth >= 3 && (at == p || self.held.open != 0);
        let special = matches!(
            self.pattern.get(at..),
            None | Some([b'(' | b')' | b'*' | b'$', ..] | [b'%', b'b' | b'f' | b'0'..=b'9', ..])
        );
        // A set that is not closed is found out in its turn.
        if !is_safe || special || self.pattern.get(at) == Some(&b'[') {
            return Ok(None);
        }
        let (item, end) = self.item(at)?;
        Ok((end + 2 == self.pattern.len()).then_some(item))
    }

    /// The byte that the subject must have where the pattern from `p` is to match, if that is a
    /// literal, perhaps behind the end of a capture. None where trying could raise an error.
    fn needed_byte(&self, p: usize) -> Option<u8> {
        if self.held.depth < 2 {
            return None;
        }
        let mut rest = self.pattern.get(p..)?;
        if let [b')', tail @ ..] = rest {
            self.held.to_close()?;
            rest = tail;
        }
        let (byte, suffix) = match rest {
            [b'(' | b')' | b'[' | b'.', ..] | [] | [b'$'] => return None,
            [b'%', byte, suffix @ ..] if byte.is_ascii_punctuation() => (*byte, suffix),
            [b'%', ..] => return None,
            [byte, suffix @ ..] => (*byte, suffix),
        };
        match suffix.first() {
            Some(b'*' | b'?' | b'-') => None,
            _ => Some(byte),
        }
    }
}
