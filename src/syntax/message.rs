//! The wording of syntax errors: the one place where their text is made.
#![forbid(unsafe_code)]

use core::fmt::{self, Write};

use super::token::TokenKind;
use super::{LOCALS_MAX, Line, UPVALUES_MAX};
use crate::memory::{AllocError, Scratch, ScratchVec};

/// What is wrong.
#[derive(Clone, Copy)]
pub(super) enum Message<'m> {
    UnfinishedString,
    UnfinishedLong {
        is_comment: bool,
        line: Line,
    },
    InvalidLongDelimiter,
    MalformedNumber,
    InvalidEscape,
    HexDigitExpected,
    DecimalEscapeTooLarge,
    MissingOpenBrace,
    MissingCloseBrace,
    Utf8TooLarge,
    TooManyLines,
    UnexpectedSymbol,
    SyntaxError,
    Expected(TokenKind),
    ExpectedToClose {
        what: TokenKind,
        who: TokenKind,
        line: Line,
    },
    ArgumentsExpected,
    ParameterExpected,
    AssignOrInExpected,
    VarargOutside,
    UnknownAttribute(&'m [u8]),
    SeveralToClose,
    AssignToConst(&'m [u8]),
    TooManyLocals(Line),
    TooManyUpvalues(Line),
    BreakOutsideLoop(Line),
    NoVisibleLabel {
        name: &'m [u8],
        line: Line,
    },
    JumpIntoScope {
        name: &'m [u8],
        line: Line,
        local: &'m [u8],
    },
    LabelDefined {
        name: &'m [u8],
        line: Line,
    },
    TooDeep,
}

/// What the message says it is near.
#[derive(Clone, Copy)]
pub(super) enum Near<'m> {
    Nothing,
    /// A token of a fixed text, or the end of the source.
    Kind(TokenKind),
    /// A byte that starts no token.
    Byte(u8),
    /// Text in pieces, shown up to its first zero byte.
    Text([&'m [u8]; 3]),
}

/// A text under construction; the first refused allocation is kept.
pub(super) struct Writer<'a> {
    bytes: ScratchVec<'a, u8>,
    refused: Option<AllocError>,
}

impl<'a> Writer<'a> {
    pub(super) fn new_in(scratch: &'a Scratch<'_>) -> Self {
        Self {
            bytes: ScratchVec::new_in(scratch),
            refused: None,
        }
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if let Err(error) = self.bytes.push(byte) {
                self.refused = self.refused.or(Some(error));
                return;
            }
        }
    }

    pub(super) fn finish(self) -> Result<&'a [u8], AllocError> {
        match self.refused {
            Some(error) => Err(error),
            None => Ok(self.bytes.into_slice()),
        }
    }

    pub(super) fn format(&mut self, text: fmt::Arguments<'_>) {
        // A refusal is kept in `refused`, and nothing else can fail.
        let _ = self.write_fmt(text);
    }
}

impl Write for Writer<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.bytes(text.as_bytes());
        Ok(())
    }
}

struct Where(Line);

impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("main function"),
            line => write!(f, "function at line {line}"),
        }
    }
}

impl Message<'_> {
    pub(super) fn write_to(self, out: &mut Writer<'_>) {
        match self {
            Self::UnfinishedLong { is_comment, line } => {
                let what = if is_comment { "comment" } else { "string" };
                out.format(format_args!(
                    "unfinished long {what} (starting at line {line})"
                ));
            }
            Self::Expected(kind) => {
                Near::Kind(kind).write_to(out);
                out.bytes(b" expected");
            }
            Self::ExpectedToClose { what, who, line } => {
                Near::Kind(what).write_to(out);
                out.bytes(b" expected (to close ");
                Near::Kind(who).write_to(out);
                out.format(format_args!(" at line {line})"));
            }
            Self::UnknownAttribute(name) => Self::quote(out, "unknown attribute '", name, "'"),
            Self::AssignToConst(name) => {
                Self::quote(out, "attempt to assign to const variable '", name, "'");
            }
            Self::TooManyLocals(line) => out.format(format_args!(
                "too many local variables (limit is {LOCALS_MAX}) in {}",
                Where(line)
            )),
            Self::TooManyUpvalues(line) => out.format(format_args!(
                "too many upvalues (limit is {UPVALUES_MAX}) in {}",
                Where(line)
            )),
            Self::BreakOutsideLoop(line) => {
                out.format(format_args!("break outside loop at line {line}"));
            }
            Self::NoVisibleLabel { name, line } => {
                Self::quote(out, "no visible label '", name, "' for <goto> at line ");
                out.format(format_args!("{line}"));
            }
            Self::JumpIntoScope { name, line, local } => {
                Self::quote(out, "<goto ", name, ">");
                out.format(format_args!(
                    " at line {line} jumps into the scope of local "
                ));
                Self::quote(out, "'", local, "'");
            }
            Self::LabelDefined { name, line } => {
                Self::quote(out, "label '", name, "' already defined on line ");
                out.format(format_args!("{line}"));
            }
            _ => out.bytes(self.fixed().as_bytes()),
        }
    }

    /// The messages without a variable part.
    const fn fixed(self) -> &'static str {
        match self {
            Self::UnfinishedString => "unfinished string",
            Self::InvalidLongDelimiter => "invalid long string delimiter",
            Self::MalformedNumber => "malformed number",
            Self::InvalidEscape => "invalid escape sequence",
            Self::HexDigitExpected => "hexadecimal digit expected",
            Self::DecimalEscapeTooLarge => "decimal escape too large",
            Self::MissingOpenBrace => "missing '{'",
            Self::MissingCloseBrace => "missing '}'",
            Self::Utf8TooLarge => "UTF-8 value too large",
            Self::TooManyLines => "chunk has too many lines",
            Self::UnexpectedSymbol => "unexpected symbol",
            Self::ArgumentsExpected => "function arguments expected",
            Self::ParameterExpected => "<name> or '...' expected",
            Self::AssignOrInExpected => "'=' or 'in' expected",
            Self::VarargOutside => "cannot use '...' outside a vararg function",
            Self::SeveralToClose => "multiple to-be-closed variables in local list",
            Self::TooDeep => "C stack overflow",
            _ => "syntax error",
        }
    }

    fn quote(out: &mut Writer<'_>, before: &str, name: &[u8], after: &str) {
        out.bytes(before.as_bytes());
        out.bytes(name);
        out.bytes(after.as_bytes());
    }
}

impl Near<'_> {
    pub(super) fn is_eof(self) -> bool {
        matches!(self, Self::Kind(TokenKind::Eof))
    }

    pub(super) fn write_to(self, out: &mut Writer<'_>) {
        match self {
            Self::Nothing => {}
            Self::Kind(kind) if kind.is_fixed() => {
                out.format(format_args!("'{}'", kind.text()));
            }
            Self::Kind(kind) => out.bytes(kind.text().as_bytes()),
            Self::Byte(byte) if byte.is_ascii_graphic() || byte == b' ' => {
                out.bytes(&[b'\'', byte, b'\'']);
            }
            Self::Byte(byte) => out.format(format_args!("'<\\{byte}>'")),
            Self::Text(pieces) => {
                out.bytes(b"'");
                for piece in pieces {
                    let end = memchr::memchr(0, piece);
                    out.bytes(piece.get(..end.unwrap_or(piece.len())).unwrap_or_default());
                    if end.is_some() {
                        break;
                    }
                }
                out.bytes(b"'");
            }
        }
    }
}
