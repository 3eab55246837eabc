//! The parser's state, and what statements and expressions share: tokens, lists, errors, depth.
//!
//! - **SP1** `stats`, `exprs`, `fields` and `arms` are stacks on which lists are built: who starts
//!   a list remembers the height, and takes what is above it when the list ends.
//! - **SP2** `last_line` is the line of the token before `token` or, if that was read while looking
//!   ahead, of `token`.
#![forbid(unsafe_code)]

use super::ast::{Expr, Field, Function, IfArm, Label, LocalVar, Stat, Symbol};
use super::error::{ParseError, Parsed};
use super::lexer::Lexer;
use super::message::{Message, Near};
use super::scope::{BlockScope, FunctionScope, PendingJump};
use super::token::{Lexeme, Token, TokenKind};
use super::{Line, NESTING_MAX};
use crate::memory::{AllocError, Scratch, ScratchVec};

/// Parses a source into its main function.
///
/// `source_name` is what messages begin with, in the notation of `load`: `@file`, `=name`, or the
/// source itself. `tick` is called after every few thousand tokens; when it returns false, the
/// parse stops.
///
/// # Errors
/// A syntax error, a refused allocation, or [`ParseError::Interrupted`] if `tick` said so.
pub fn parse<'a>(
    scratch: &'a Scratch<'_>,
    source: &'a [u8],
    source_name: &'a [u8],
    tick: &'a dyn Fn() -> bool,
) -> Result<&'a Function<'a>, ParseError<'a>> {
    let mut lexer = Lexer::new(scratch, source, source_name, tick).map_err(ParseError::Memory)?;
    let Ok(env_name) = lexer.symbol(b"_ENV") else {
        return Err(lexer.take_error());
    };
    let mut parser = Parser::new(lexer, env_name).map_err(ParseError::Memory)?;
    parser
        .main_function()
        .map_err(|_| parser.lexer.take_error())
}

pub(super) struct Parser<'a, 's> {
    pub(super) lexer: Lexer<'a, 's>,
    pub(super) token: Token<'a>,
    /// The token after `token`, if it was read already.
    ahead: Token<'a>,
    has_ahead: bool,
    pub(super) last_line: Line,
    depth: u32,
    pub(super) env_name: &'a Symbol<'a>,
    pub(super) function: &'a FunctionScope<'a>,
    pub(super) function_count: u32,
    pub(super) block: BlockScope,
    pub(super) stats: ScratchVec<'a, Stat<'a>>,
    /// The lines of `stats`.
    pub(super) stat_lines: ScratchVec<'a, Line>,
    pub(super) exprs: ScratchVec<'a, Expr<'a>>,
    pub(super) fields: ScratchVec<'a, Field<'a>>,
    pub(super) arms: ScratchVec<'a, IfArm<'a>>,
    pub(super) active: ScratchVec<'a, &'a LocalVar<'a>>,
    pub(super) labels: ScratchVec<'a, &'a Label<'a>>,
    pub(super) jumps: ScratchVec<'a, PendingJump<'a>>,
}

impl<'a, 's> Parser<'a, 's> {
    fn new(lexer: Lexer<'a, 's>, env_name: &'a Symbol<'a>) -> Result<Self, AllocError> {
        let scratch = lexer.scratch;
        Ok(Self {
            lexer,
            token: Token::NONE,
            ahead: Token::NONE,
            has_ahead: false,
            last_line: 1,
            depth: 0,
            env_name,
            function: scratch.alloc_cell(FunctionScope::outermost(scratch))?,
            function_count: 0,
            block: BlockScope::default(),
            stats: ScratchVec::new_in(scratch),
            stat_lines: ScratchVec::new_in(scratch),
            exprs: ScratchVec::new_in(scratch),
            fields: ScratchVec::new_in(scratch),
            arms: ScratchVec::new_in(scratch),
            active: ScratchVec::new_in(scratch),
            labels: ScratchVec::new_in(scratch),
            jumps: ScratchVec::new_in(scratch),
        })
    }

    // --- Tokens --------------------------------------------------------------------------------

    /// Goes on to the next token.
    #[inline]
    pub(super) fn advance(&mut self) -> Parsed<()> {
        self.last_line = self.token.line;
        if self.has_ahead {
            // The lexer is that far already, and so are PUC Lua's lines.
            self.last_line = self.ahead.line;
            self.has_ahead = false;
            self.token = self.ahead;
            return Ok(());
        }
        self.lexer.next_token(&mut self.token)
    }

    /// The kind of the token after the current one.
    pub(super) fn peek_kind(&mut self) -> Parsed<TokenKind> {
        if !self.has_ahead {
            self.lexer.next_token(&mut self.ahead)?;
            self.has_ahead = true;
        }
        Ok(self.ahead.kind)
    }

    #[inline]
    pub(super) fn at(&self, kind: TokenKind) -> bool {
        self.token.kind == kind
    }

    /// Skips the token if it is of this kind.
    #[inline]
    pub(super) fn accept(&mut self, kind: TokenKind) -> Parsed<bool> {
        if !self.at(kind) {
            return Ok(false);
        }
        self.advance()?;
        Ok(true)
    }

    /// Skips the token, which must be of this kind.
    #[inline]
    pub(super) fn expect(&mut self, kind: TokenKind) -> Parsed<()> {
        if self.at(kind) {
            self.advance()
        } else {
            self.syntax_error(Message::Expected(kind))
        }
    }

    /// Skips the token, which must close what `who` opened on `line`.
    pub(super) fn expect_close(
        &mut self,
        what: TokenKind,
        who: TokenKind,
        line: Line,
    ) -> Parsed<()> {
        if self.at(what) || line == self.token.line {
            self.expect(what)
        } else {
            self.syntax_error(Message::ExpectedToClose { what, who, line })
        }
    }

    /// Skips a name and returns it.
    #[inline]
    pub(super) fn expect_name(&mut self) -> Parsed<&'a Symbol<'a>> {
        match (self.token.kind, self.token.lexeme) {
            (TokenKind::Name, Lexeme::Symbol(symbol)) => {
                self.advance()?;
                Ok(symbol)
            }
            _ => self.syntax_error(Message::Expected(TokenKind::Name)),
        }
    }

    // --- Errors --------------------------------------------------------------------------------

    /// Fails at the current token.
    #[cold]
    pub(super) fn syntax_error<T>(&mut self, message: Message<'_>) -> Parsed<T> {
        let token = self.token;
        Err(self.lexer.fail_near(message, &token))
    }

    /// Fails on the current line, naming no token.
    #[cold]
    pub(super) fn semantic_error<T>(&mut self, message: Message<'_>) -> Parsed<T> {
        Err(self.lexer.fail_at(self.token.line, message, Near::Nothing))
    }

    // --- Depth ---------------------------------------------------------------------------------

    /// Counts one more level of nesting (SX2).
    #[inline]
    pub(super) fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        self.check_depth(0)
    }

    /// Counts one level less.
    #[inline]
    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Checks that there is room for `more` levels.
    #[inline]
    pub(super) fn check_depth(&mut self, more: usize) -> Parsed<()> {
        if self.depth as usize + more >= NESTING_MAX as usize {
            return self.semantic_error(Message::TooDeep);
        }
        Ok(())
    }

    // --- Memory --------------------------------------------------------------------------------

    /// Turns a refused allocation into a failure.
    #[inline]
    pub(super) fn check<T>(&mut self, result: Result<T, AllocError>) -> Parsed<T> {
        match result {
            Ok(value) => Ok(value),
            Err(error) => Err(self.lexer.refuse(error)),
        }
    }

    /// Puts a node into the scratch.
    #[inline]
    pub(super) fn node<T>(&mut self, value: T) -> Parsed<&'a T> {
        let scratch = self.lexer.scratch;
        let node = scratch.alloc_cell(value);
        self.check(node)
    }

    /// Copies a list into the scratch.
    #[inline]
    pub(super) fn list<T: Copy>(&mut self, values: &[T]) -> Parsed<&'a [T]> {
        if values.is_empty() {
            return Ok(&[]);
        }
        let scratch = self.lexer.scratch;
        let list = scratch.copy_slice(values);
        self.check(list)
    }

    /// Appends to the list of expressions under construction (SP1).
    #[inline]
    pub(super) fn push_expr(&mut self, expr: Expr<'a>) -> Parsed<()> {
        let pushed = self.exprs.push(expr);
        self.check(pushed)
    }

    /// Ends the list of expressions that started at height `base` (SP1).
    #[inline]
    pub(super) fn take_exprs(&mut self, base: usize) -> Parsed<&'a [Expr<'a>]> {
        let scratch = self.lexer.scratch;
        let list = take(scratch, &mut self.exprs, base);
        self.check(list)
    }
}

/// Moves what is above `base` from a stack into the scratch.
#[inline]
pub(super) fn take<'a, T: Copy>(
    scratch: &'a Scratch<'_>,
    stack: &mut ScratchVec<'_, T>,
    base: usize,
) -> Result<&'a [T], AllocError> {
    let values = stack.get(base..).unwrap_or_default();
    let list = match values.is_empty() {
        true => &[],
        false => scratch.copy_slice(values)?,
    };
    stack.truncate(base);
    Ok(list)
}
