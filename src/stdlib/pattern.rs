//! Lua's pattern matching, over bytes.
//!
//! - **P1** Which subjects match, what is captured, and every message are those of PUC Lua 5.4.8;
//!   as there, a malformed part of a pattern is an error only once a match gets to it.
//! - **P2** The recursion of a match is at most `DEPTH_MAX` deep; only what may have to be tried
//!   again with another part of the subject recurses. Captures count as if they did (P1).
//! - **P3** Every loop spends steps, and the [`Meter`] can stop a match after each
//!   `STEPS_PER_CHARGE` of them. Between two steps at most some 16 bytes are looked at, or one
//!   repetition is run over the subject without backtracking.
//! - **P4** Nothing is allocated: captures and sets live in a [`Scratch`] that serves any number
//!   of matches, one after the other.
//!
//! Absent on purpose: Lua values, arguments and their defaults. `string.rs` has those.
#![forbid(unsafe_code)]

use memchr::memmem;

use super::format::Sink;
pub use super::pattern_item::KnownSet;
use super::pattern_item::{Item, SetSlot, known_at, set_item};
use crate::memory::AllocError;
use crate::value::number::{NUMBER_TEXT_MAX, write_int};

/// The most captures of a pattern.
pub const CAPTURE_MAX: usize = 32;
/// The deepest recursion of one match.
const DEPTH_MAX: u32 = 200;
/// How many steps are made before the meter is asked.
const STEPS_PER_CHARGE: usize = 1024;
/// Bytes that a tight loop looks at for one step.
pub const BYTES_PER_STEP: usize = 16;
/// Subjects from this length on are worth preparing a search for a literal.
const FINDER_MIN: usize = 128;

/// Counts steps, and may stop a match.
pub trait Meter {
    /// Takes note of `steps` made; false stops the match.
    fn charge(&mut self, steps: u64) -> bool;
}

impl<F: FnMut(u64) -> bool> Meter for F {
    fn charge(&mut self, steps: u64) -> bool {
        self(steps)
    }
}

/// Why a match ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// The recursion is too deep.
    TooComplex,
    /// Nothing follows a `%`.
    EndsWithEscape,
    /// A set is not closed.
    MissingBracket,
    /// `%b` is not followed by two bytes.
    BalanceArguments,
    /// `%f` is not followed by a set.
    FrontierSet,
    /// More than [`CAPTURE_MAX`] captures.
    TooManyCaptures,
    /// A `)` without its `(`.
    InvalidCapture,
    /// No capture that is complete has this number.
    CaptureIndex(u8),
    /// A `(` without its `)`.
    UnfinishedCapture,
    /// A `%` in a replacement is followed neither by a digit nor by `%`.
    InvalidReplacement,
    /// The meter stopped the match.
    Interrupted,
}

// An outcome of two words travels in registers.
const _: () = assert!(size_of::<Outcome>() == 16);

/// Why a replacement could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpandError {
    /// The replacement does not fit the match.
    Pattern(PatternError),
    /// The sink refused.
    Memory(AllocError),
}

impl From<PatternError> for ExpandError {
    fn from(error: PatternError) -> Self {
        Self::Pattern(error)
    }
}

impl From<AllocError> for ExpandError {
    fn from(error: AllocError) -> Self {
        Self::Memory(error)
    }
}

impl core::fmt::Display for PatternError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::TooComplex => "pattern too complex",
            Self::EndsWithEscape => "malformed pattern (ends with '%')",
            Self::MissingBracket => "malformed pattern (missing ']')",
            Self::BalanceArguments => "malformed pattern (missing arguments to '%b')",
            Self::FrontierSet => "missing '[' after '%f' in pattern",
            Self::TooManyCaptures => "too many captures",
            Self::InvalidCapture => "invalid pattern capture",
            Self::CaptureIndex(number) => return write!(f, "invalid capture index %{number}"),
            Self::UnfinishedCapture => "unfinished capture",
            Self::InvalidReplacement => "invalid use of '%' in replacement string",
            Self::Interrupted => "pattern match was interrupted",
        })
    }
}

/// The `end` of a capture that is a position.
const POSITION: usize = usize::MAX;

#[derive(Clone, Copy, Debug)]
struct Capture {
    start: usize,
    end: usize,
}

/// What a match holds at some point, beside its place in subject and pattern. Where an attempt
/// fails, the choice that led to it takes it back by restoring these.
#[derive(Clone, Copy, Debug)]
struct Held {
    /// How many captures there are. What their slots hold is right but for the ends of open ones.
    level: u32,
    /// A bit for each capture that is not closed.
    open: u32,
    /// How much deeper the recursion may go.
    depth: u32,
}

// A bit for each capture, and one to shift by.
const _: () = assert!(CAPTURE_MAX <= u32::BITS as usize);

impl Held {
    const NOTHING: Self = Self {
        level: 0,
        open: 0,
        depth: DEPTH_MAX,
    };

    /// The innermost capture that is open.
    #[inline]
    fn to_close(self) -> Option<usize> {
        self.open.checked_ilog2().map(|bit| bit as usize)
    }

    /// Whether the capture `index` is not closed.
    #[inline]
    fn is_open(self, index: usize) -> bool {
        self.open >> index & 1 != 0
    }

    /// Goes one deeper.
    #[inline]
    fn descend(&mut self) -> Result<(), PatternError> {
        let depth = self.depth.checked_sub(1);
        self.depth = depth.ok_or(PatternError::TooComplex)?;
        Ok(())
    }
}

/// A capture of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Captured<'a> {
    /// A part of the subject.
    Bytes(&'a [u8]),
    /// A position, counted from 1.
    Position(usize),
}

/// Where a match starts and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its first byte, counted from 0.
    pub start: usize,
    /// The byte after its last.
    pub end: usize,
}

type Outcome = Result<Option<usize>, PatternError>;

/// Matches one pattern with one subject.
pub struct Matcher<'a, 'm> {
    source: &'a [u8],
    pattern: &'a [u8],
    anchored: bool,
    held: Held,
    steps_left: usize,
    /// The set used last: where it is in the pattern, what it is, and where it ends.
    last_set: (usize, Item, usize),
    /// A prepared search for the literal that the pattern starts with.
    finder: Option<memmem::Finder<'a>>,
    captures: &'m mut [Capture],
    sets: &'m mut [SetSlot],
    meter: &'m mut dyn Meter,
}

impl<'a, 'm> Matcher<'a, 'm> {
    /// A matcher for `find`, `match` and `gsub`, where `^` anchors the pattern.
    #[inline]
    pub fn new<const CAPTURES: usize, const SETS: usize>(
        source: &'a [u8],
        pattern: &'a [u8],
        scratch: &'m mut Scratch<CAPTURES, SETS>,
        meter: &'m mut dyn Meter,
    ) -> Self {
        let (anchored, pattern) = match pattern {
            [b'^', rest @ ..] => (true, rest),
            _ => (false, pattern),
        };
        let mut matcher = Self::unanchored(source, pattern, scratch, meter);
        matcher.anchored = anchored;
        matcher
    }

    /// A matcher for `gmatch`, where `^` stands for itself.
    #[inline]
    pub fn unanchored<const CAPTURES: usize, const SETS: usize>(
        source: &'a [u8],
        pattern: &'a [u8],
        scratch: &'m mut Scratch<CAPTURES, SETS>,
        meter: &'m mut dyn Meter,
    ) -> Self {
        Self {
            source,
            pattern,
            anchored: false,
            held: Held::NOTHING,
            steps_left: STEPS_PER_CHARGE,
            last_set: (usize::MAX, Item::Any, 0),
            finder: None,
            captures: &mut scratch.captures,
            sets: &mut scratch.sets,
            meter,
        }
    }

    /// The newest set that is remembered, for a later match.
    #[inline]
    pub fn known_set(&self) -> Option<KnownSet> {
        let newest = self.sets.first().filter(|slot| slot.is_known());
        newest.map(|slot| slot.to_known())
    }

    /// Whether the pattern started with an anchor.
    pub fn is_anchored(&self) -> bool {
        self.anchored
    }

    /// The steps that the meter has not been told of.
    pub fn steps_pending(&self) -> u64 {
        (STEPS_PER_CHARGE - self.steps_left) as u64
    }

    /// Matches at `start` only; the answer is where the match ends.
    ///
    /// # Errors
    /// The pattern is malformed or too complex, or the meter stopped the match.
    #[inline]
    pub fn match_at(&mut self, start: usize) -> Outcome {
        self.held = Held::NOTHING;
        self.run(start, 0)
    }

    /// Finds the first match at `from` or, without an anchor, later.
    ///
    /// `last_end` is the end of the match before, for `gmatch` and `gsub`: a match that ends there
    /// again is passed over. `find` and `match` give none.
    ///
    /// # Errors
    /// As for [`Matcher::match_at`].
    pub fn find(
        &mut self,
        from: usize,
        last_end: Option<usize>,
    ) -> Result<Option<Span>, PatternError> {
        let filter = if self.anchored {
            None
        } else {
            self.start_filter()
        };
        if let Some(Filter::Whole { item, repeats }) = &filter {
            self.held = Held::NOTHING;
            return self.find_item(item, *repeats, from);
        }
        let mut start = from;
        while start <= self.source.len() {
            if let Some(filter) = &filter {
                let Some(skipped) = self.skip(filter, start) else {
                    let left = self.source.len() - start;
                    self.spend(1 + left / BYTES_PER_STEP)?;
                    return Ok(None);
                };
                self.spend(skipped / BYTES_PER_STEP)?;
                start += skipped;
            }
            if let Some(end) = self.match_at(start)?
                && Some(end) != last_end
            {
                return Ok(Some(Span { start, end }));
            }
            if self.anchored {
                break;
            }
            start += 1;
        }
        Ok(None)
    }

    /// Finds the first byte from `from` on that `item` matches; if it repeats, the match goes on
    /// as far as it does.
    fn find_item(
        &mut self,
        item: &Item,
        repeats: bool,
        from: usize,
    ) -> Result<Option<Span>, PatternError> {
        let rest = self.slice(from, self.source.len());
        let Some(skipped) = item.first_in(rest) else {
            self.spend(1 + rest.len() / BYTES_PER_STEP)?;
            return Ok(None);
        };
        let start = from + skipped;
        let len = match repeats {
            true => item.span(self.slice(start, self.source.len())),
            false => 1,
        };
        self.spend(1 + (skipped + len) / BYTES_PER_STEP)?;
        let end = start + len;
        Ok(Some(Span { start, end }))
    }

    /// How many captures the match gave; with `or_whole`, the match itself counts if it has none.
    pub fn capture_count(&self, or_whole: bool) -> usize {
        match self.held.level {
            0 if or_whole => 1,
            level => level as usize,
        }
    }

    /// The capture `index`, counted from 0, of the match just made.
    ///
    /// # Errors
    /// There is no such capture, or it was never closed.
    pub fn capture(&self, index: usize, whole: Span) -> Result<Captured<'a>, PatternError> {
        if index >= self.held.level as usize {
            return match index {
                0 => Ok(Captured::Bytes(self.slice(whole.start, whole.end))),
                _ => Err(PatternError::CaptureIndex((index as u8).wrapping_add(1))),
            };
        }
        if self.held.is_open(index) {
            return Err(PatternError::UnfinishedCapture);
        }
        let capture = self.capture_slot(index);
        match capture.end {
            POSITION => Ok(Captured::Position(capture.start + 1)),
            end => Ok(Captured::Bytes(self.slice(capture.start, end))),
        }
    }

    /// Writes the replacement of the match just made, with its captures filled in.
    ///
    /// # Errors
    /// The replacement names a capture that is not there, has a stray `%`, or the sink refuses.
    pub fn expand<S: Sink + ?Sized>(
        &self,
        whole: Span,
        replacement: &[u8],
        sink: &mut S,
    ) -> Result<(), ExpandError> {
        let mut rest = replacement;
        while let Some(at) = memchr::memchr(b'%', rest) {
            let (text, escape) = rest.split_at(at);
            if !text.is_empty() {
                sink.push(text)?;
            }
            match escape.get(1) {
                Some(b'%') => sink.push(b"%")?,
                Some(b'0') => sink.push(self.slice(whole.start, whole.end))?,
                Some(digit @ b'1'..=b'9') => {
                    match self.capture(usize::from(digit - b'1'), whole)? {
                        Captured::Bytes(bytes) => sink.push(bytes)?,
                        Captured::Position(position) => {
                            let mut buffer = [0; NUMBER_TEXT_MAX];
                            sink.push(write_int(position as i64, &mut buffer))?;
                        }
                    }
                }
                _ => return Err(PatternError::InvalidReplacement.into()),
            }
            rest = escape.get(2..).unwrap_or(&[]);
        }
        if !rest.is_empty() {
            sink.push(rest)?;
        }
        Ok(())
    }
}

/// What every match must start with.
enum Filter {
    Item(Item),
    /// A literal of two bytes or more, for which the finder is prepared.
    Literal,
    /// The item is the whole pattern, but for a `+` that it may have.
    Whole {
        item: Item,
        repeats: bool,
    },
}

/// Finding where a match can start at all.
impl<'a> Matcher<'a, '_> {
    /// What the pattern requires of the first byte. Only a start is passed over at which the first
    /// item would fail, which raises no error, so P1 holds.
    fn start_filter(&mut self) -> Option<Filter> {
        let mut at = 0;
        while self.pattern.get(at) == Some(&b'(') && at < CAPTURE_MAX {
            at += if self.pattern.get(at + 1) == Some(&b')') {
                2
            } else {
                1
            };
        }
        if self.finder.is_some() {
            return Some(Filter::Literal);
        }
        let rest = self.pattern.get(at..)?;
        let literal = literal_len(rest);
        if literal >= 2 && self.source.len() >= FINDER_MIN {
            self.finder = Some(memmem::Finder::new(rest.get(..literal)?));
            return Some(Filter::Literal);
        }
        if let [b'%', b'b', open, _, ..] = rest {
            return Some(Filter::Item(Item::Byte(*open)));
        }
        let special = matches!(
            rest,
            [] | [b'(' | b')', ..] | [b'$'] | [b'%', b'b' | b'f' | b'0'..=b'9', ..]
        );
        if special {
            return None;
        }
        let (item, end) = self.item(at).ok()?;
        match self.pattern.get(end..)? {
            [] if at == 0 => Some(Filter::Whole {
                item,
                repeats: false,
            }),
            [b'+'] if at == 0 => Some(Filter::Whole {
                item,
                repeats: true,
            }),
            [b'*' | b'?' | b'-', ..] => None,
            _ => Some(Filter::Item(item)),
        }
    }

    /// How many bytes after `start` the next possible start is.
    #[inline]
    fn skip(&self, filter: &Filter, start: usize) -> Option<usize> {
        let bytes = self.slice(start, self.source.len());
        match (filter, &self.finder) {
            (Filter::Literal, Some(finder)) => finder.find(bytes),
            (Filter::Literal, None) => Some(0),
            (Filter::Item(item) | Filter::Whole { item, .. }, _) => item.first_in(bytes),
        }
    }
}

/// How many bytes at the start of `pattern` stand for themselves, once each.
fn literal_len(pattern: &[u8]) -> usize {
    let length = pattern
        .iter()
        .position(|byte| is_special(*byte) || *byte == b')')
        .unwrap_or(pattern.len());
    match pattern.get(length) {
        Some(b'*' | b'?' | b'-') => length.saturating_sub(1),
        _ => length,
    }
}

/// Whether `byte` of a pattern stands for itself, once, given the byte after it.
#[inline]
fn is_plain(byte: u8, next: Option<&u8>) -> bool {
    !matches!(byte, b'%' | b'[' | b'.') && !matches!(next, Some(b'*' | b'+' | b'?' | b'-'))
}

/// The matcher proper.
impl<'a> Matcher<'a, '_> {
    #[inline]
    fn slice(&self, start: usize, end: usize) -> &'a [u8] {
        self.source.get(start..end).unwrap_or(&[])
    }

    /// Spends `steps`, and asks the meter when they are used up.
    #[inline]
    fn spend(&mut self, steps: usize) -> Result<(), PatternError> {
        match self.steps_left.checked_sub(steps) {
            Some(left) => {
                self.steps_left = left;
                Ok(())
            }
            None => self.spend_slow(steps),
        }
    }

    #[cold]
    fn spend_slow(&mut self, steps: usize) -> Result<(), PatternError> {
        let spent = STEPS_PER_CHARGE - self.steps_left + steps;
        self.steps_left = STEPS_PER_CHARGE;
        if self.meter.charge(spent as u64) {
            Ok(())
        } else {
            Err(PatternError::Interrupted)
        }
    }

    /// Matches the pattern from `p` with the subject from `s`. Where that fails, everything is as
    /// it was.
    fn run(&mut self, s: usize, p: usize) -> Outcome {
        let before = self.held;
        self.held.descend()?;
        let outcome = self.run_from(s, p)?;
        if outcome.is_none() {
            self.held = before;
        }
        Ok(outcome)
    }

    fn run_from(&mut self, mut s: usize, mut p: usize) -> Outcome {
        loop {
            self.spend(1)?;
            let Some(&first) = self.pattern.get(p) else {
                return Ok(Some(s));
            };
            match first {
                b'(' => {
                    p = self.start_capture(s, p + 1)?;
                    continue;
                }
                b')' => {
                    self.end_capture(s)?;
                    p += 1;
                    continue;
                }
                b'$' if p + 1 == self.pattern.len() => {
                    return Ok((s == self.source.len()).then_some(s));
                }
                b'%' => match self.pattern.get(p + 1) {
                    Some(b'b') => match self.balance(s, p + 2)? {
                        Some(end) => {
                            (s, p) = (end, p + 4);
                            continue;
                        }
                        None => return Ok(None),
                    },
                    Some(b'f') => match self.frontier(s, p + 2)? {
                        Some(next) => {
                            p = next;
                            continue;
                        }
                        None => return Ok(None),
                    },
                    Some(digit @ b'0'..=b'9') => match self.back_reference(s, *digit)? {
                        Some(end) => {
                            (s, p) = (end, p + 2);
                            continue;
                        }
                        None => return Ok(None),
                    },
                    _ => {}
                },
                _ => {}
            }
            if is_plain(first, self.pattern.get(p + 1)) {
                if self.source.get(s) != Some(&first) {
                    return Ok(None);
                }
                (s, p) = (s + 1, p + 1);
                continue;
            }
            let (item, end) = self.item(p)?;
            let here = self.source.get(s).is_some_and(|&byte| item.matches(byte));
            match self.pattern.get(end) {
                Some(b'*' | b'?' | b'-') if !here => p = end + 1,
                Some(b'*' | b'+') if here => return self.max_expand(&item, s, end),
                Some(b'-') => return self.min_expand(&item, s, end + 1),
                Some(b'?') => {
                    if let Some(matched) = self.run(s + 1, end + 1)? {
                        return Ok(Some(matched));
                    }
                    p = end + 1;
                }
                _ if here => (s, p) = (s + 1, end),
                _ => return Ok(None),
            }
        }
    }

    /// The item at `p`, which is not the end, and where its suffix would be.
    #[inline]
    fn item(&mut self, p: usize) -> Result<(Item, usize), PatternError> {
        match self.pattern.get(p) {
            Some(b'%') => match self.pattern.get(p + 1) {
                Some(&letter) => Ok((Item::escape(letter), p + 2)),
                None => Err(PatternError::EndsWithEscape),
            },
            Some(b'[') => {
                if self.last_set.0 == p {
                    return Ok((self.last_set.1, self.last_set.2));
                }
                let rest = self.pattern.get(p + 1..).unwrap_or(&[]);
                if let Some((set, len)) = known_at(self.sets, rest) {
                    return Ok((Item::Set(set), p + 1 + len + 1));
                }
                self.new_set(p)
            }
            Some(b'.') | None => Ok((Item::Any, p + 1)),
            Some(&byte) => Ok((Item::Byte(byte), p + 1)),
        }
    }

    /// The item of the set that starts at `p`, which is not among those that are remembered.
    #[inline(never)]
    fn new_set(&mut self, p: usize) -> Result<(Item, usize), PatternError> {
        let end = self.set_end(p)?;
        let text = self.pattern.get(p..end).unwrap_or(&[]);
        self.spend(text.len() / BYTES_PER_STEP)?;
        self.last_set = (p, set_item(self.sets, text), end);
        Ok((self.last_set.1, end))
    }

    /// Where the set that starts at `p` ends, its bracket included.
    #[inline]
    fn set_end(&self, p: usize) -> Result<usize, PatternError> {
        let mut at = p + 1;
        if self.pattern.get(at) == Some(&b'^') {
            at += 1;
        }
        // The first byte is a member, even if it is a bracket.
        loop {
            match self.pattern.get(at) {
                None => return Err(PatternError::MissingBracket),
                Some(b'%') if at + 1 < self.pattern.len() => at += 2,
                Some(_) => at += 1,
            }
            if self.pattern.get(at) == Some(&b']') {
                return Ok(at + 1);
            }
        }
    }

    #[inline]
    fn capture_slot(&self, index: usize) -> Capture {
        let missing = Capture { start: 0, end: 0 };
        self.captures.get(index).copied().unwrap_or(missing)
    }

    /// Opens a capture at `s`; `p` is right behind the parenthesis. The answer is where the pattern
    /// goes on.
    #[inline]
    fn start_capture(&mut self, s: usize, p: usize) -> Result<usize, PatternError> {
        let level = self.held.level;
        let slot = self.captures.get_mut(level as usize);
        let slot = slot.ok_or(PatternError::TooManyCaptures)?;
        let is_position = self.pattern.get(p) == Some(&b')');
        *slot = Capture {
            start: s,
            end: if is_position { POSITION } else { 0 },
        };
        self.held.open |= u32::from(!is_position) << level;
        self.held.level = level + 1;
        self.held.descend()?;
        Ok(p + usize::from(is_position))
    }

    /// Closes the innermost open capture at `s`.
    #[inline]
    fn end_capture(&mut self, s: usize) -> Result<(), PatternError> {
        let index = self.held.to_close().ok_or(PatternError::InvalidCapture)?;
        if let Some(capture) = self.captures.get_mut(index) {
            capture.end = s;
        }
        self.held.open &= !(1 << index);
        self.held.descend()
    }

    /// Matches what the capture with this digit holds; the answer is where that ends.
    fn back_reference(&mut self, s: usize, digit: u8) -> Outcome {
        let number = digit - b'0';
        let invalid = PatternError::CaptureIndex(number);
        let index = usize::from(number).checked_sub(1).ok_or(invalid)?;
        let capture = self.capture_slot(index);
        if index >= self.held.level as usize || self.held.is_open(index) {
            return Err(invalid);
        }
        if capture.end == POSITION {
            return Ok(None);
        }
        let held = self.slice(capture.start, capture.end);
        self.spend(held.len() / BYTES_PER_STEP)?;
        let rest = self.slice(s, self.source.len());
        Ok(rest.starts_with(held).then_some(s + held.len()))
    }

    /// Matches `%b`, whose two bytes are at `p`; the answer is where the match ends.
    fn balance(&mut self, s: usize, p: usize) -> Outcome {
        let Some(&[open, close]) = self.pattern.get(p..p + 2) else {
            return Err(PatternError::BalanceArguments);
        };
        let rest = self.slice(s, self.source.len());
        if rest.first() != Some(&open) {
            return Ok(None);
        }
        let mut nesting = 1usize;
        for (at, &byte) in rest.iter().enumerate().skip(1) {
            if byte == close {
                nesting -= 1;
                if nesting == 0 {
                    self.spend(at / BYTES_PER_STEP)?;
                    return Ok(Some(s + at + 1));
                }
            } else if byte == open {
                nesting += 1;
            }
        }
        self.spend(rest.len() / BYTES_PER_STEP)?;
        Ok(None)
    }

    /// Matches `%f`, whose set is at `p`; the answer is where the pattern goes on.
    fn frontier(&mut self, s: usize, p: usize) -> Outcome {
        if self.pattern.get(p) != Some(&b'[') {
            return Err(PatternError::FrontierSet);
        }
        let (item, end) = self.item(p)?;
        // Beyond both ends of the subject there are zeros.
        let before = s.checked_sub(1).and_then(|at| self.source.get(at));
        let before = before.copied().unwrap_or(0);
        let after = self.source.get(s).copied().unwrap_or(0);
        Ok((!item.matches(before) && item.matches(after)).then_some(end))
    }
}

/// Whether `pattern` has bytes that do not stand for themselves.
pub fn has_specials(pattern: &[u8]) -> bool {
    pattern.iter().any(|byte| is_special(*byte))
}

/// Whether a byte does not stand for itself, wherever it is.
#[inline]
fn is_special(byte: u8) -> bool {
    matches!(
        byte,
        b'^' | b'$' | b'*' | b'+' | b'?' | b'.' | b'(' | b'[' | b'%' | b'-'
    )
}

/// How many places are tried before a search for a text is prepared, which costs some time.
const TRIES: usize = 4;

/// Finds `needle` in `source` at `from` or later.
pub fn find_plain(source: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let Some(&first) = needle.first() else {
        return (from <= source.len()).then_some(from);
    };
    let mut at = from;
    for _ in 0..TRIES {
        at += memchr::memchr(first, source.get(at..)?)?;
        if source.get(at..)?.starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
    let rest = source.get(at..)?;
    memmem::find(rest, needle).map(|offset| at + offset)
}

mod repeat;
mod room;
mod simple;
pub use room::{Room, Scratch, SmallScratch, TinyScratch};
pub use simple::Simple;
#[cfg(test)]
mod tests;
