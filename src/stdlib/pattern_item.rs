//! What one character of a subject is matched with: a byte, any byte, a class or a set.
//!
//! - **I1** Classes are those of the C locale; bytes from 128 on belong to none.
//! - **I2** A set is a bitmap of 256 bits once it is used. Sets of up to 16 bytes of pattern are
//!   remembered by their text, so that the next match with the same pattern finds them ready.
//!
//! Absent on purpose: repetition and captures, which `pattern.rs` has.
#![forbid(unsafe_code)]

const ALPHA: u16 = 1;
const CONTROL: u16 = 1 << 1;
const DIGIT: u16 = 1 << 2;
const GRAPH: u16 = 1 << 3;
const LOWER: u16 = 1 << 4;
const PUNCT: u16 = 1 << 5;
const SPACE: u16 = 1 << 6;
const UPPER: u16 = 1 << 7;
const HEX: u16 = 1 << 8;
const ZERO: u16 = 1 << 9;

/// The classes that each byte belongs to.
static CLASSES: [u16; 256] = {
    let mut table = [0; 256];
    let mut code = 0;
    while code < 256 {
        table[code] = classes_of(code as u8);
        code += 1;
    }
    table
};

const fn classes_of(byte: u8) -> u16 {
    let mut classes = 0;
    if byte.is_ascii_lowercase() {
        classes |= ALPHA | LOWER;
    }
    if byte.is_ascii_uppercase() {
        classes |= ALPHA | UPPER;
    }
    if byte.is_ascii_control() {
        classes |= CONTROL;
    }
    if byte.is_ascii_digit() {
        classes |= DIGIT;
    }
    if byte.is_ascii_graphic() {
        classes |= GRAPH;
    }
    if byte.is_ascii_punctuation() {
        classes |= PUNCT;
    }
    if byte == b' ' || (byte >= 9 && byte <= 13) {
        classes |= SPACE;
    }
    if byte.is_ascii_hexdigit() {
        classes |= HEX;
    }
    if byte == 0 {
        classes |= ZERO;
    }
    classes
}

/// The classes that a letter after `%` stands for; none for a byte that stands for itself.
fn mask_of(letter: u8) -> Option<u16> {
    Some(match letter.to_ascii_lowercase() {
        b'a' => ALPHA,
        b'c' => CONTROL,
        b'd' => DIGIT,
        b'g' => GRAPH,
        b'l' => LOWER,
        b'p' => PUNCT,
        b's' => SPACE,
        b'u' => UPPER,
        b'w' => ALPHA | DIGIT,
        b'x' => HEX,
        b'z' => ZERO,
        _ => return None,
    })
}

/// The ten single classes as sets, in the order of their bits.
static MEMBERS: [[u64; 4]; 10] = {
    let mut members = [[0; 4]; 10];
    let mut code = 0;
    while code < 256 {
        let mut class = 0;
        while class < 10 {
            if CLASSES[code] >> class & 1 != 0 {
                members[class][code >> 6] |= 1 << (code & 63);
            }
            class += 1;
        }
        code += 1;
    }
    members
};

/// The bytes of all classes in `mask`, as the words of a set.
fn class_words(mask: u16) -> [u64; 4] {
    let mut words = [0; 4];
    let mut left = mask;
    while left != 0 {
        let members = &MEMBERS[left.trailing_zeros() as usize];
        for (word, members) in words.iter_mut().zip(members) {
            *word |= members;
        }
        left &= left - 1;
    }
    words
}

/// A set of bytes, a bit for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Set([u64; 4]);

impl Set {
    const EMPTY: Self = Self([0; 4]);

    /// Whether `byte` is in the set.
    #[inline]
    pub(super) fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 != 0
    }

    fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    fn insert_class(&mut self, letter: u8) {
        let Some(mask) = mask_of(letter) else {
            self.insert(letter);
            return;
        };
        let inverted = letter.is_ascii_uppercase();
        let members = class_words(mask);
        for (word, members) in self.0.iter_mut().zip(members) {
            *word |= if inverted { !members } else { members };
        }
    }

    /// Adds the bytes from `first` to `last`, none if `first` is the greater.
    fn insert_range(&mut self, first: u8, last: u8) {
        for (word, start) in self.0.iter_mut().zip([0u32, 64, 128, 192]) {
            // The part of the range that is in this word, counted from the word's first bit.
            let from = u32::from(first).saturating_sub(start);
            let to = (u32::from(last) + 1).saturating_sub(start).min(64);
            if from < to {
                *word |= u64::MAX >> (64 - (to - from)) << from;
            }
        }
    }

    /// Reads what stands between the brackets.
    pub(super) fn parse(text: &[u8]) -> Self {
        let (inverted, mut rest) = match text {
            [b'^', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let mut set = Self::EMPTY;
        loop {
            rest = match rest {
                [] => break,
                // After an odd range such as `a-%` the letter is the closing bracket itself.
                [b'%'] => {
                    set.insert(b']');
                    break;
                }
                [b'%', letter, tail @ ..] => {
                    set.insert_class(*letter);
                    tail
                }
                [first, b'-', last, tail @ ..] => {
                    set.insert_range(*first, *last);
                    tail
                }
                [byte, tail @ ..] => {
                    set.insert(*byte);
                    tail
                }
            };
        }
        if inverted {
            set.0 = set.0.map(|word| !word);
        }
        set
    }
}

/// What matches one character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// Every byte.
    Any,
    /// This byte.
    Byte(u8),
    /// Every byte but this.
    Except(u8),
    /// Bytes that are in one of the classes, or in none of them.
    Class { mask: u16, inverted: bool },
    /// Bytes of a set.
    Set(Set),
}

impl Item {
    /// What `%` and `letter` stand for.
    pub(super) fn escape(letter: u8) -> Self {
        match mask_of(letter) {
            Some(mask) => Self::Class {
                mask,
                inverted: letter.is_ascii_uppercase(),
            },
            None => Self::Byte(letter),
        }
    }

    /// Whether `byte` matches.
    #[inline]
    pub(super) fn matches(&self, byte: u8) -> bool {
        match self {
            Self::Any => true,
            Self::Byte(wanted) => byte == *wanted,
            Self::Except(refused) => byte != *refused,
            Self::Class { mask, inverted } => (CLASSES[usize::from(byte)] & mask != 0) != *inverted,
            Self::Set(set) => set.contains(byte),
        }
    }

    /// How many bytes match at the start of `bytes`. Each kind has a loop of its own.
    #[inline]
    pub(super) fn span(&self, bytes: &[u8]) -> usize {
        let end = match *self {
            Self::Any => None,
            Self::Byte(wanted) => bytes.iter().position(|&byte| byte != wanted),
            Self::Except(refused) => memchr::memchr(refused, bytes),
            Self::Class {
                mask,
                inverted: false,
            } => bytes
                .iter()
                .position(|&byte| CLASSES[usize::from(byte)] & mask == 0),
            Self::Class {
                mask,
                inverted: true,
            } => bytes
                .iter()
                .position(|&byte| CLASSES[usize::from(byte)] & mask != 0),
            Self::Set(set) => bytes.iter().position(|&byte| !set.contains(byte)),
        };
        end.unwrap_or(bytes.len())
    }

    /// Where the first byte that matches is.
    #[inline]
    pub(super) fn first_in(&self, bytes: &[u8]) -> Option<usize> {
        match *self {
            Self::Any => (!bytes.is_empty()).then_some(0),
            Self::Byte(wanted) => memchr::memchr(wanted, bytes),
            Self::Except(refused) => bytes.iter().position(|&byte| byte != refused),
            Self::Class {
                mask,
                inverted: false,
            } => bytes
                .iter()
                .position(|&byte| CLASSES[usize::from(byte)] & mask != 0),
            Self::Class {
                mask,
                inverted: true,
            } => bytes
                .iter()
                .position(|&byte| CLASSES[usize::from(byte)] & mask == 0),
            Self::Set(set) => bytes.iter().position(|&byte| set.contains(byte)),
        }
    }
}

/// The longest text of a set that is remembered.
const KEY_BYTES: usize = 16;
/// How many sets are remembered, at most.
pub(super) const SET_SLOTS: usize = 8;

/// The bytes of a set's text, and the set's members: what callers keep between matches.
pub type KnownSet = (u128, [u64; 4]);

/// A set that was used lately, with the bytes of its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct SetSlot {
    key: u128,
    /// How long the text is; none is as long as that of a slot without a set.
    len: usize,
    set: Set,
}

/// A slot without a set: no text of a set makes the key 0.
pub(super) const EMPTY_SLOT: SetSlot = SetSlot {
    key: 0,
    len: usize::MAX,
    set: Set::EMPTY,
};

impl SetSlot {
    pub(super) fn is_known(&self) -> bool {
        self.key != 0
    }

    pub(super) fn to_known(self) -> KnownSet {
        (self.key, self.set.0)
    }
}

impl From<KnownSet> for SetSlot {
    #[inline]
    fn from((key, members): KnownSet) -> Self {
        if key == 0 {
            return EMPTY_SLOT;
        }
        Self {
            key,
            len: (u128::BITS - key.leading_zeros()).div_ceil(8) as usize,
            set: Set(members),
        }
    }
}

/// As [`key_of`], for less than eight bytes.
#[inline]
fn short_key(text: &[u8]) -> u64 {
    match *text {
        [] => 0,
        [a] => a.into(),
        [a, b] => u16::from_le_bytes([a, b]).into(),
        [a, b, c] => u32::from_le_bytes([a, b, c, 0]).into(),
        [a, b, c, d] => u32::from_le_bytes([a, b, c, d]).into(),
        [a, b, c, d, e] => u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]),
        [a, b, c, d, e, f] => u64::from_le_bytes([a, b, c, d, e, f, 0, 0]),
        [a, b, c, d, e, f, g, ..] => u64::from_le_bytes([a, b, c, d, e, f, g, 0]),
    }
}

/// The bytes of a set's text, of which there are at most [`KEY_BYTES`], as a number.
#[inline]
fn key_of(text: &[u8]) -> u128 {
    match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) => {
            // Where both words have a byte, it is the same one.
            let last = u128::from(u64::from_le_bytes(*last)) << (8 * (text.len() - 8));
            u128::from(u64::from_le_bytes(*first)) | last
        }
        _ => short_key(text).into(),
    }
}

/// The remembered set that `rest` starts with, which follows an opening bracket, and the length of
/// its text.
///
/// What ends a set depends on nothing but the bytes up to there, so equal bytes are an equal set.
#[inline]
pub(super) fn known_at(slots: &[SetSlot], rest: &[u8]) -> Option<(Set, usize)> {
    for slot in slots {
        let is_known =
            rest.get(slot.len) == Some(&b']') && rest.get(..slot.len).map(key_of) == Some(slot.key);
        if is_known {
            return Some((slot.set, slot.len));
        }
    }
    None
}

/// The item of a set that is not remembered, given its text with both brackets. `slots` remember
/// it, if it is one of several members.
pub(super) fn set_item(slots: &mut [SetSlot], text: &[u8]) -> Item {
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or(&[]);
    match inner {
        [b'%', letter] => return Item::escape(*letter),
        [b'^', byte] if *byte != b'%' => return Item::Except(*byte),
        [byte] if *byte != b'^' && *byte != b'%' => return Item::Byte(*byte),
        _ => {}
    }
    // Zeros at the end of a text would be lost in the key; such a set is not remembered.
    if inner.len() > KEY_BYTES || inner.last() == Some(&0) {
        return Item::Set(Set::parse(inner));
    }
    let slot = SetSlot {
        key: key_of(inner),
        len: inner.len(),
        set: Set::parse(inner),
    };
    // The newest comes first, the oldest is forgotten.
    slots.rotate_right(usize::from(!slots.is_empty()));
    if let Some(first) = slots.first_mut() {
        *first = slot;
    }
    Item::Set(slot.set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_set(text: &[u8], expected: &[u8]) {
        let item = set_item(&mut [EMPTY_SLOT], text);
        let members: Vec<u8> = (0..=255).filter(|&byte| item.matches(byte)).collect();
        assert_eq!(members, expected, "{}", text.escape_ascii());
        for byte in 0..=255 {
            let one = [byte];
            let matches = item.matches(byte);
            assert_eq!(item.span(&one), usize::from(matches));
            assert_eq!(item.first_in(&one), matches.then_some(0));
        }
    }

    #[test]
    fn sets_hold_what_their_text_says() {
        check_set(b"[abc]", b"abc");
        check_set(b"[a-e]", b"abcde");
        check_set(b"[a-]", b"-a");
        check_set(b"[-a]", b"-a");
        check_set(b"[]]", b"]");
        check_set(b"[]-a]", b"]^_`a");
        check_set(b"[%]x]", b"]x");
        check_set(b"[%d_]", b"0123456789_");
        check_set(b"[%%]", b"%");
        check_set(b"[e-a]", b"");
        check_set(b"[a-%%]", b"]");
        check_set(b"[\0]", b"\0");
        check_set(b"[x\0]", b"\0x");
        let not_x: Vec<u8> = (0..=255).filter(|&byte| byte != b'x').collect();
        check_set(b"[^x]", &not_x);
        let not_digits: Vec<u8> = (0..=255)
            .filter(|byte: &u8| !byte.is_ascii_digit())
            .collect();
        check_set(b"[%D]", &not_digits);
        check_set(b"[^0-9]", &not_digits);
        let all: Vec<u8> = (0..=255).collect();
        check_set(b"[%s%S]", &all);
        check_set(b"[\x80-\x82%l]", b"abcdefghijklmnopqrstuvwxyz\x80\x81\x82");
    }

    #[test]
    fn ranges_have_all_bytes_between_their_ends() {
        for first in 0..=255 {
            for last in 0..=255 {
                let mut set = Set::EMPTY;
                set.insert_range(first, last);
                for byte in [0, first, last, 63, 64, 127, 128, 255] {
                    let expected = (first..=last).contains(&byte);
                    assert_eq!(set.contains(byte), expected, "{first}-{last}: {byte}");
                }
                let count: u32 = set.0.iter().map(|word| word.count_ones()).sum();
                assert_eq!(count as usize, (first..=last).count(), "{first}-{last}");
            }
        }
    }

    #[test]
    fn texts_of_every_length_are_keys() {
        let text = *b"abcdefghijklmnop";
        for len in 0..=KEY_BYTES {
            let mut padded = [0; KEY_BYTES];
            padded[..len].copy_from_slice(&text[..len]);
            assert_eq!(key_of(&text[..len]), u128::from_le_bytes(padded), "{len}");
        }
    }

    #[test]
    fn sets_are_remembered_by_text() {
        let mut slots = [EMPTY_SLOT; 2];
        for text in [&b"[ab]"[..], b"[^a-c]", b"[]%]x]", b"[a\0b]"] {
            let rest = [&text[1..], b"+]"].concat();
            assert_eq!(known_at(&slots, &rest), None);
            let Item::Set(set) = set_item(&mut slots, text) else {
                panic!("{} is a set", text.escape_ascii());
            };
            let known = Some((set, text.len() - 2));
            assert_eq!(known_at(&slots, &rest), known);
            assert_eq!(known_at(&slots, &text[1..text.len() - 1]), None);
            // The one before is still there, and the newest first.
            let _ = set_item(&mut slots, b"[12]");
            assert_eq!(known_at(&slots, &rest), known);
            let _ = set_item(&mut slots, b"[34]");
            assert_eq!(known_at(&slots, &rest), None);
            assert_eq!(slots[0].set, Set::parse(b"34"));
        }
        for text in [&b"[abcdefghijklmnopqrstuv]"[..], b"[ab\0]"] {
            let _ = set_item(&mut slots, text);
            assert_eq!(known_at(&slots, &text[1..]), None);
        }
    }
}
