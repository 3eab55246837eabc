//! The lexer: bytes in, tokens out.
//!
//! - **X1** `pos` is at most the source's length, and `line` is the line that holds `pos`.
//! - **X2** After a failure `error` says why, and nobody asks for another token.
//!
//! A name, and a string without escapes, is a slice of the source; only a string whose value
//! differs from its text goes through `buffer`.
#![forbid(unsafe_code)]

use super::Line;
use super::ast::Symbol;
use super::error::{Failed, ParseError, Parsed, SyntaxError};
use super::message::{Message, Near, Writer};
use super::position::LINE_MAX;
use super::symbol::Symbols;
use super::token::{Lexeme, Token, TokenKind};
use crate::memory::{AllocError, Scratch, ScratchVec};
use crate::value::numeral::{self, Numeral, hex_digit};
use crate::value::source_name::ShownSource;

/// Tokens, or equal work, between two calls of the tick.
const TICK_WORK: u32 = 4096;

const IDENT: u8 = 1;
const QUOTED_STOP: u8 = 2;

/// What each byte may be part of.
static CLASS: [u8; 256] = {
    let mut table = [0u8; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        if b.is_ascii_alphanumeric() || b == b'_' {
            table[byte] |= IDENT;
        }
        if matches!(b, b'"' | b'\'' | b'\\' | b'\n' | b'\r') {
            table[byte] |= QUOTED_STOP;
        }
        byte += 1;
    }
    table
};

#[inline(always)]
fn is(byte: u8, class: u8) -> bool {
    CLASS[byte as usize] & class != 0
}

/// What a `[` begins.
enum Bracket {
    /// A long bracket; its level and what it takes from the source.
    Long(usize),
    /// A `[` alone.
    Plain,
    /// `[==` and no second bracket.
    Broken,
}

/// Reads tokens from a source.
pub(super) struct Lexer<'a, 's> {
    pub(super) scratch: &'a Scratch<'s>,
    source: &'a [u8],
    source_name: &'a [u8],
    pos: usize,
    line: Line,
    symbols: Symbols<'a>,
    buffer: ScratchVec<'a, u8>,
    work: u32,
    tick: &'a dyn Fn() -> bool,
    error: Option<ParseError<'a>>,
}

impl<'a, 's> Lexer<'a, 's> {
    pub(super) fn new(
        scratch: &'a Scratch<'s>,
        source: &'a [u8],
        source_name: &'a [u8],
        tick: &'a dyn Fn() -> bool,
    ) -> Result<Self, AllocError> {
        Ok(Self {
            scratch,
            source,
            source_name,
            pos: 0,
            line: 1,
            symbols: Symbols::new_in(scratch)?,
            buffer: ScratchVec::new_in(scratch),
            work: 0,
            tick,
            error: None,
        })
    }

    /// Reads the next token into `token`. Each part is stored once and in place: copying tokens
    /// out of results cost a fifth of the whole parse.
    #[inline]
    pub(super) fn next_token(&mut self, token: &mut Token<'a>) -> Parsed<()> {
        self.work += 1;
        if self.work >= TICK_WORK {
            self.report_work()?;
        }
        loop {
            let start = self.pos;
            let Some(&byte) = self.source.get(start) else {
                self.set(token, TokenKind::Eof, start, Lexeme::None);
                return Ok(());
            };
            match byte {
                b' ' | b'\t' | 0x0B | 0x0C => self.pos += 1,
                b'\n' | b'\r' => self.newline(byte)?,
                b'a'..=b'z' | b'A'..=b'Z' | b'_' => return self.name(start, token),
                b'0'..=b'9' => return self.number(start, token),
                b'"' | b'\'' => return self.quoted(start, byte, token),
                b'-' => {
                    if self.peek(1) != Some(b'-') {
                        self.fixed(token, TokenKind::Minus, 1);
                        return Ok(());
                    }
                    self.comment()?;
                }
                b'[' => match self.long_bracket(start) {
                    Bracket::Long(level) => {
                        let text = self.long_text(level, false)?;
                        let symbol = text.ok_or(Failed)?;
                        self.set(token, TokenKind::Str, start, Lexeme::Symbol(symbol));
                        return Ok(());
                    }
                    Bracket::Plain => {
                        self.fixed(token, TokenKind::OpenBracket, 1);
                        return Ok(());
                    }
                    Bracket::Broken => return Err(self.broken_bracket(start)),
                },
                b'.' if matches!(self.peek(1), Some(b'0'..=b'9')) => {
                    return self.number(start, token);
                }
                _ => {
                    self.symbolic(byte, token);
                    return Ok(());
                }
            }
        }
    }

    #[cold]
    fn report_work(&mut self) -> Parsed<()> {
        self.work = 0;
        if (self.tick)() {
            return Ok(());
        }
        self.error = Some(ParseError::Interrupted);
        Err(Failed)
    }

    #[inline(always)]
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.source.get(self.pos + ahead).copied()
    }

    #[inline(always)]
    fn set(&self, token: &mut Token<'a>, kind: TokenKind, start: usize, lexeme: Lexeme<'a>) {
        token.kind = kind;
        token.line = self.line;
        token.start = start;
        token.lexeme = lexeme;
    }

    #[inline(always)]
    fn fixed(&mut self, token: &mut Token<'a>, kind: TokenKind, bytes: usize) {
        self.set(token, kind, self.pos, Lexeme::None);
        self.pos += bytes;
    }

    /// Operators and punctuation.
    #[inline]
    fn symbolic(&mut self, byte: u8, token: &mut Token<'a>) {
        use TokenKind::*;
        let next = self.peek(1).unwrap_or(0);
        let (kind, bytes) = match (byte, next) {
            (b'=', b'=') => (Equal, 2),
            (b'=', _) => (Assign, 1),
            (b'<', b'=') => (LessEqual, 2),
            (b'<', b'<') => (ShiftLeft, 2),
            (b'<', _) => (Less, 1),
            (b'>', b'=') => (GreaterEqual, 2),
            (b'>', b'>') => (ShiftRight, 2),
            (b'>', _) => (Greater, 1),
            (b'/', b'/') => (DoubleSlash, 2),
            (b'/', _) => (Slash, 1),
            (b'~', b'=') => (NotEqual, 2),
            (b'~', _) => (Tilde, 1),
            (b':', b':') => (DoubleColon, 2),
            (b':', _) => (Colon, 1),
            (b'.', b'.') if self.peek(2) == Some(b'.') => (Ellipsis, 3),
            (b'.', b'.') => (DoubleDot, 2),
            (b'.', _) => (Dot, 1),
            (b'(', _) => (OpenParen, 1),
            (b')', _) => (CloseParen, 1),
            (b'{', _) => (OpenBrace, 1),
            (b'}', _) => (CloseBrace, 1),
            (b']', _) => (CloseBracket, 1),
            (b',', _) => (Comma, 1),
            (b';', _) => (Semicolon, 1),
            (b'+', _) => (Plus, 1),
            (b'*', _) => (Star, 1),
            (b'%', _) => (Percent, 1),
            (b'^', _) => (Caret, 1),
            (b'#', _) => (Hash, 1),
            (b'&', _) => (Ampersand, 1),
            (b'|', _) => (Bar, 1),
            _ => {
                self.set(token, Stray, self.pos, Lexeme::Byte(byte));
                self.pos += 1;
                return;
            }
        };
        self.fixed(token, kind, bytes);
    }

    /// Skips a line's end at `pos`: either byte, or both in any order.
    #[inline]
    fn newline(&mut self, first: u8) -> Parsed<()> {
        self.pos += 1;
        if let Some(second @ (b'\n' | b'\r')) = self.peek(0)
            && second != first
        {
            self.pos += 1;
        }
        self.line += 1;
        if self.line >= LINE_MAX {
            return Err(self.fail(Message::TooManyLines, Near::Nothing));
        }
        Ok(())
    }

    #[inline]
    fn name(&mut self, start: usize, token: &mut Token<'a>) -> Parsed<()> {
        let rest = self.source.get(start..).unwrap_or_default();
        let len = rest.iter().position(|&byte| !is(byte, IDENT));
        let len = len.unwrap_or(rest.len());
        self.pos = start + len;
        let text = rest.get(..len).unwrap_or_default();
        let symbol = self.intern(text)?;
        self.set(token, symbol.kind, start, Lexeme::Symbol(symbol));
        Ok(())
    }

    #[inline]
    fn intern(&mut self, text: &'a [u8]) -> Parsed<&'a Symbol<'a>> {
        let symbol = self.symbols.intern(self.scratch, text);
        self.charge(text.len() / 64);
        symbol.map_err(|error| self.refuse(error))
    }

    /// Interns what is in the buffer.
    fn intern_buffer(&mut self) -> Parsed<&'a Symbol<'a>> {
        let symbol = self.symbols.intern_copy(self.scratch, &self.buffer);
        self.charge(self.buffer.len() / 64);
        symbol.map_err(|error| self.refuse(error))
    }

    #[inline]
    fn charge(&mut self, work: usize) {
        let work = work as u32 + self.symbols.wasted_probes / 4;
        if work > 0 {
            self.symbols.wasted_probes %= 4;
            self.work = self.work.saturating_add(work).min(TICK_WORK);
        }
    }

    /// A symbol for a text that the parser itself needs.
    pub(super) fn symbol(&mut self, text: &'static [u8]) -> Parsed<&'a Symbol<'a>> {
        self.intern(text)
    }

    fn comment(&mut self) -> Parsed<()> {
        self.pos += 2;
        if self.peek(0) == Some(b'[')
            && let Bracket::Long(level) = self.long_bracket(self.pos)
        {
            return self.long_text(level, true).map(|_| ());
        }
        let rest = self.source.get(self.pos..).unwrap_or_default();
        let len = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        self.pos += len;
        self.charge(len / 64);
        Ok(())
    }

    // --- Numbers -------------------------------------------------------------------------------

    /// Where a numeral that starts at `start` ends, liberally: whether it is one is decided by
    /// who reads it.
    fn numeral_end(&self, start: usize) -> usize {
        let byte = |at: usize| self.source.get(at).copied().unwrap_or(0);
        let mut at = start + usize::from(byte(start) == b'.');
        let is_hex = byte(at) == b'0' && matches!(byte(at + 1), b'x' | b'X');
        let mark = if is_hex { b'p' } else { b'e' };
        at += if is_hex { 2 } else { 1 };
        loop {
            let next = byte(at);
            if next | 0x20 == mark {
                at += 1;
                at += usize::from(matches!(byte(at), b'+' | b'-'));
            } else if next.is_ascii_hexdigit() || next == b'.' {
                at += 1;
            } else {
                break;
            }
        }
        // A letter right behind makes it malformed.
        let touches = byte(at).is_ascii_alphabetic() || byte(at) == b'_';
        at + usize::from(touches)
    }

    fn number(&mut self, start: usize, token: &mut Token<'a>) -> Parsed<()> {
        let end = self.numeral_end(start);
        let text = self.source.get(start..end).unwrap_or_default();
        self.pos = end;
        self.charge(text.len() / 16);
        match numeral::parse(text) {
            Some(Numeral::Int(int)) => {
                self.set(token, TokenKind::Int, start, Lexeme::Int(int));
                Ok(())
            }
            Some(Numeral::Float(float)) => {
                self.set(token, TokenKind::Float, start, Lexeme::Float(float));
                Ok(())
            }
            None => Err(self.fail(Message::MalformedNumber, Near::Text([text, b"", b""]))),
        }
    }

    // --- Long brackets -------------------------------------------------------------------------

    /// What the `[` at `start` begins.
    fn long_bracket(&self, start: usize) -> Bracket {
        let rest = self.source.get(start + 1..).unwrap_or_default();
        let level = rest.iter().take_while(|&&byte| byte == b'=').count();
        match rest.get(level) {
            Some(b'[') => Bracket::Long(level),
            _ if level == 0 => Bracket::Plain,
            _ => Bracket::Broken,
        }
    }

    #[cold]
    fn broken_bracket(&mut self, start: usize) -> Failed {
        let rest = self.source.get(start..).unwrap_or_default();
        let level = rest.iter().skip(1).take_while(|&&byte| byte == b'=');
        let len = 1 + level.count();
        let text = rest.get(..len).unwrap_or_default();
        self.fail(Message::InvalidLongDelimiter, Near::Text([text, b"", b""]))
    }

    /// Reads a long string or comment whose opening bracket is at `pos`. A comment has no text.
    fn long_text(&mut self, level: usize, is_comment: bool) -> Parsed<Option<&'a Symbol<'a>>> {
        let first_line = self.line;
        self.pos += level + 2;
        if let Some(byte @ (b'\n' | b'\r')) = self.peek(0) {
            self.newline(byte)?;
        }
        let start = self.pos;
        // A lone line feed stands for itself; anything with a carriage return is rewritten.
        let mut is_rewritten = false;
        let end = loop {
            let rest = self.source.get(self.pos..).unwrap_or_default();
            let Some(offset) = memchr::memchr3(b']', b'\n', b'\r', rest) else {
                self.pos = self.source.len();
                let line = first_line;
                let message = Message::UnfinishedLong { is_comment, line };
                return Err(self.fail(message, Near::Kind(TokenKind::Eof)));
            };
            self.pos += offset;
            match rest.get(offset).copied().unwrap_or(0) {
                b']' => {
                    let tail = rest.get(offset + 1..).unwrap_or_default();
                    let equals = tail.iter().take_while(|&&byte| byte == b'=').count();
                    if equals == level && tail.get(equals) == Some(&b']') {
                        break self.pos;
                    }
                    self.pos += 1 + equals;
                }
                byte => {
                    let before = self.pos;
                    self.newline(byte)?;
                    is_rewritten |= byte == b'\r' || self.pos - before > 1;
                }
            }
        };
        self.pos += level + 2;
        self.charge((end - start) / 64);
        if is_comment {
            return Ok(None);
        }
        let text = self.source.get(start..end).unwrap_or_default();
        if is_rewritten {
            self.rewrite_newlines(text)?;
            return self.intern_buffer().map(Some);
        }
        self.intern(text).map(Some)
    }

    /// Copies a text into the buffer with each line's end made a line feed.
    fn rewrite_newlines(&mut self, text: &[u8]) -> Parsed<()> {
        self.buffer.truncate(0);
        let mut bytes = text.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            if matches!(byte, b'\n' | b'\r') {
                bytes.next_if(|&next| matches!(next, b'\n' | b'\r') && next != byte);
                self.save(b'\n')?;
            } else {
                self.save(byte)?;
            }
        }
        Ok(())
    }

    // --- Quoted strings ------------------------------------------------------------------------

    fn quoted(&mut self, start: usize, quote: u8, token: &mut Token<'a>) -> Parsed<()> {
        let mut at = start + 1;
        loop {
            let rest = self.source.get(at..).unwrap_or_default();
            let offset = rest.iter().position(|&byte| is(byte, QUOTED_STOP));
            at += offset.unwrap_or(rest.len());
            let text = self.source.get(start + 1..at).unwrap_or_default();
            match self.source.get(at) {
                Some(&byte) if byte == quote => {
                    self.pos = at + 1;
                    let symbol = self.intern(text)?;
                    self.set(token, TokenKind::Str, start, Lexeme::Symbol(symbol));
                    return Ok(());
                }
                Some(b'"' | b'\'') => at += 1,
                Some(b'\\') => {
                    self.buffer.truncate(0);
                    for &byte in text {
                        self.save(byte)?;
                    }
                    self.pos = at;
                    return self.escaped(start, quote, token);
                }
                found => {
                    let is_eof = found.is_none();
                    return Err(self.unfinished(is_eof, &[quote], text));
                }
            }
        }
    }

    #[cold]
    fn unfinished(&mut self, is_eof: bool, quote: &[u8], text: &[u8]) -> Failed {
        let near = match is_eof {
            true => Near::Kind(TokenKind::Eof),
            false => Near::Text([quote, text, b""]),
        };
        self.fail(Message::UnfinishedString, near)
    }

    #[inline]
    fn save(&mut self, byte: u8) -> Parsed<()> {
        self.buffer.push(byte).map_err(|error| self.refuse(error))
    }

    /// The rest of a string from its first escape on; the buffer holds what came before.
    fn escaped(&mut self, start: usize, quote: u8, token: &mut Token<'a>) -> Parsed<()> {
        loop {
            match self.peek(0) {
                Some(byte) if byte == quote => break,
                Some(b'\\') => self.escape(quote)?,
                Some(byte) if !matches!(byte, b'\n' | b'\r') => {
                    self.save(byte)?;
                    self.pos += 1;
                }
                found => {
                    let text = self.scratch.copy_slice(&self.buffer);
                    let text = text.map_err(|error| self.refuse(error))?;
                    return Err(self.unfinished(found.is_none(), &[quote], text));
                }
            }
        }
        self.pos += 1;
        let symbol = self.intern_buffer()?;
        self.set(token, TokenKind::Str, start, Lexeme::Symbol(symbol));
        Ok(())
    }

    /// One escape sequence, whose backslash is at `pos`.
    fn escape(&mut self, quote: u8) -> Parsed<()> {
        let byte = match self.peek(1) {
            Some(b'a') => 0x07,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0C,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'v') => 0x0B,
            Some(byte @ (b'\\' | b'"' | b'\'')) => byte,
            Some(b'x') => {
                let high = self.escape_hex_digit(quote, 2)?;
                let low = self.escape_hex_digit(quote, 3)?;
                self.pos += 4;
                return self.save((high << 4 | low) as u8);
            }
            Some(b'u') => return self.escape_utf8(quote),
            Some(b'z') => {
                self.pos += 2;
                return self.skip_space();
            }
            Some(byte @ (b'\n' | b'\r')) => {
                self.pos += 1;
                self.newline(byte)?;
                return self.save(b'\n');
            }
            Some(b'0'..=b'9') => return self.escape_decimal(quote),
            // The string's end is reported by the caller.
            None => {
                self.pos += 1;
                return Ok(());
            }
            Some(_) => return Err(self.bad_escape(Message::InvalidEscape, quote, 1)),
        };
        self.pos += 2;
        self.save(byte)
    }

    fn skip_space(&mut self) -> Parsed<()> {
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\n' | b'\r' => self.newline(byte)?,
                b' ' | b'\t' | 0x0B | 0x0C => self.pos += 1,
                _ => break,
            }
        }
        Ok(())
    }

    fn escape_hex_digit(&mut self, quote: u8, ahead: usize) -> Parsed<u32> {
        match self.peek(ahead).and_then(hex_digit) {
            Some(digit) => Ok(u32::from(digit)),
            None => Err(self.bad_escape(Message::HexDigitExpected, quote, ahead)),
        }
    }

    fn escape_decimal(&mut self, quote: u8) -> Parsed<()> {
        let mut code = 0u32;
        let mut ahead = 1;
        while let Some(digit @ b'0'..=b'9') = self.peek(ahead)
            && ahead <= 3
        {
            code = 10 * code + u32::from(digit - b'0');
            ahead += 1;
        }
        let Ok(byte) = u8::try_from(code) else {
            return Err(self.bad_escape(Message::DecimalEscapeTooLarge, quote, ahead));
        };
        self.pos += ahead;
        self.save(byte)
    }

    /// `\u{...}`: UTF-8 as first defined, up to six bytes for 31 bits.
    fn escape_utf8(&mut self, quote: u8) -> Parsed<()> {
        if self.peek(2) != Some(b'{') {
            return Err(self.bad_escape(Message::MissingOpenBrace, quote, 2));
        }
        let mut code = self.escape_hex_digit(quote, 3)?;
        let mut ahead = 4;
        while let Some(digit) = self.peek(ahead).and_then(hex_digit) {
            if code > 0x7FFF_FFFF >> 4 {
                return Err(self.bad_escape(Message::Utf8TooLarge, quote, ahead));
            }
            code = code << 4 | u32::from(digit);
            ahead += 1;
        }
        if self.peek(ahead) != Some(b'}') {
            return Err(self.bad_escape(Message::MissingCloseBrace, quote, ahead));
        }
        self.pos += ahead + 1;
        if code < 0x80 {
            return self.save(code as u8);
        }
        // Each further byte holds six bits, and takes one bit from what the first one can hold.
        let mut tail_count = 1;
        while code >> (6 * tail_count) >= 0x40 >> tail_count {
            tail_count += 1;
        }
        let marker = !(0x7Fu32 >> tail_count);
        self.save((marker | code >> (6 * tail_count)) as u8)?;
        for index in (0..tail_count).rev() {
            self.save((0x80 | code >> (6 * index) & 0x3F) as u8)?;
        }
        Ok(())
    }

    /// An escape sequence at `pos` that goes wrong `ahead` bytes further on.
    #[cold]
    fn bad_escape(&mut self, message: Message<'_>, quote: u8, ahead: usize) -> Failed {
        let end = (self.pos + ahead + 1).min(self.source.len());
        let shown = self.source.get(self.pos..end).unwrap_or_default();
        match self.scratch.copy_slice(&self.buffer) {
            Ok(text) => self.fail(message, Near::Text([&[quote], text, shown])),
            Err(error) => self.refuse(error),
        }
    }

    // --- Errors --------------------------------------------------------------------------------

    /// Fails because memory was refused.
    #[cold]
    pub(super) fn refuse(&mut self, error: AllocError) -> Failed {
        self.error = Some(ParseError::Memory(error));
        Failed
    }

    /// Fails at the line that was reached.
    #[cold]
    fn fail(&mut self, message: Message<'_>, near: Near<'_>) -> Failed {
        self.fail_at(self.line, message, near)
    }

    /// Fails, unless that has happened already.
    #[cold]
    pub(super) fn fail_at(&mut self, line: Line, message: Message<'_>, near: Near<'_>) -> Failed {
        let mut out = Writer::new_in(self.scratch);
        out.bytes(ShownSource::new(self.source_name).as_bytes());
        out.format(format_args!(":{line}: "));
        message.write_to(&mut out);
        if !matches!(near, Near::Nothing) {
            out.bytes(b" near ");
            near.write_to(&mut out);
        }
        let error = match out.finish() {
            Ok(message) => ParseError::Syntax(SyntaxError {
                line,
                message,
                incomplete: near.is_eof(),
            }),
            Err(error) => ParseError::Memory(error),
        };
        self.error = self.error.or(Some(error));
        Failed
    }

    /// Fails at a token.
    #[cold]
    pub(super) fn fail_near(&mut self, message: Message<'_>, token: &Token<'a>) -> Failed {
        let source = self.source;
        let rest = source.get(token.start..).unwrap_or_default();
        let near = match (token.kind, token.lexeme) {
            (TokenKind::Name, Lexeme::Symbol(symbol)) => Near::Text([symbol.text, b"", b""]),
            (TokenKind::Str, Lexeme::Symbol(symbol)) => {
                // As PUC Lua shows it: the value between its delimiters.
                let level = match self.long_bracket(token.start) {
                    Bracket::Long(level) if rest.first() == Some(&b'[') => Some(level),
                    _ => None,
                };
                let open = rest.get(..level.map_or(1, |level| level + 2));
                let open = open.unwrap_or_default();
                let close = match level.map(|level| self.close_bracket(level)) {
                    None => open,
                    Some(Ok(close)) => close,
                    Some(Err(error)) => return self.refuse(error),
                };
                Near::Text([open, symbol.text, close])
            }
            (TokenKind::Int | TokenKind::Float, _) => {
                let end = self.numeral_end(token.start);
                Near::Text([source.get(token.start..end).unwrap_or_default(), b"", b""])
            }
            (_, Lexeme::Byte(0)) => Near::Nothing,
            (_, Lexeme::Byte(byte)) => Near::Byte(byte),
            (kind, _) => Near::Kind(kind),
        };
        self.fail_at(token.line, message, near)
    }

    /// The closing bracket of a long string.
    fn close_bracket(&self, level: usize) -> Result<&'a [u8], AllocError> {
        let mut bracket = ScratchVec::new_in(self.scratch);
        bracket.push(b']')?;
        for _ in 0..level {
            bracket.push(b'=')?;
        }
        bracket.push(b']')?;
        Ok(bracket.into_slice())
    }

    /// Why the parse failed.
    pub(super) fn take_error(&mut self) -> ParseError<'a> {
        self.error.take().unwrap_or(ParseError::Interrupted)
    }
}
