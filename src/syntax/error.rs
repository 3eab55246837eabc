//! What ends a parse.
#![forbid(unsafe_code)]

use core::fmt;

use super::Line;
use crate::memory::AllocError;

/// A source that is not Lua.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntaxError<'a> {
    /// The line where the parser noticed.
    pub line: Line,
    /// The whole message, with source name and line, in PUC Lua's words.
    pub message: &'a [u8],
    /// The source ended too soon: with more text it may become right.
    pub incomplete: bool,
}

/// Why a parse gave no tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseError<'a> {
    /// The source is not Lua.
    Syntax(SyntaxError<'a>),
    /// The budget or the chunk source refused.
    Memory(AllocError),
    /// The caller's tick said stop.
    Interrupted,
}

impl fmt::Display for SyntaxError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in self.message.utf8_chunks() {
            f.write_str(piece.valid())?;
            if !piece.invalid().is_empty() {
                f.write_str("\u{FFFD}")?;
            }
        }
        Ok(())
    }
}

/// A parse has failed; the reason is kept in the lexer. Being empty, it keeps results small.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed;

/// What the parser's own functions return.
pub(super) type Parsed<T> = Result<T, Failed>;
