//! Expressions: precedence climbing over operators, and what they stand between.
#![forbid(unsafe_code)]

use super::Line;
use super::ast::{
    BinaryOp, Call, Expr, Field, Index, LocalVar, MethodCall, Symbol, Table, UnaryOp,
};
use super::error::Parsed;
use super::message::Message;
use super::parser::{Parser, take};
use super::token::{Lexeme, TokenKind};

/// What may be done with a suffixed expression besides evaluating it.
#[derive(Clone, Copy)]
pub(super) enum Role<'a> {
    /// It can be assigned to.
    Place,
    /// It is the name of a compile-time constant.
    Constant(&'a LocalVar<'a>),
    /// It is only a value.
    Value,
}

#[derive(Clone, Copy)]
enum Operator {
    Binary(BinaryOp),
    And,
    Or,
}

const UNARY_PRIORITY: u8 = 12;

/// The operator that a token is between operands, with its priorities to the left and right.
#[inline]
fn operator(kind: TokenKind) -> Option<(Operator, u8, u8)> {
    use BinaryOp::*;
    use TokenKind as T;
    let (op, left, right) = match kind {
        T::Or => return Some((Operator::Or, 1, 1)),
        T::And => return Some((Operator::And, 2, 2)),
        T::Equal => (Equal, 3, 3),
        T::NotEqual => (NotEqual, 3, 3),
        T::Less => (Less, 3, 3),
        T::LessEqual => (LessEqual, 3, 3),
        T::Greater => (Greater, 3, 3),
        T::GreaterEqual => (GreaterEqual, 3, 3),
        T::Bar => (BitOr, 4, 4),
        T::Tilde => (BitXor, 5, 5),
        T::Ampersand => (BitAnd, 6, 6),
        T::ShiftLeft => (ShiftLeft, 7, 7),
        T::ShiftRight => (ShiftRight, 7, 7),
        T::DoubleDot => (Concat, 9, 8),
        T::Plus => (Add, 10, 10),
        T::Minus => (Sub, 10, 10),
        T::Star => (Mul, 11, 11),
        T::Slash => (Div, 11, 11),
        T::DoubleSlash => (IntDiv, 11, 11),
        T::Percent => (Mod, 11, 11),
        T::Caret => (Pow, 14, 13),
        _ => return None,
    };
    Some((Operator::Binary(op), left, right))
}

#[inline]
fn prefix(kind: TokenKind) -> Option<UnaryOp> {
    match kind {
        TokenKind::Not => Some(UnaryOp::Not),
        TokenKind::Minus => Some(UnaryOp::Negate),
        TokenKind::Tilde => Some(UnaryOp::BitNot),
        TokenKind::Hash => Some(UnaryOp::Length),
        _ => None,
    }
}

/// A plain value is fetched only when what follows it is known, and on that line (SX5).
#[inline]
pub(super) fn settle(expr: Expr<'_>, line: Line) -> Expr<'_> {
    match expr {
        Expr::Index(_, index) => Expr::Index(line, index),
        Expr::Global(_, global) => Expr::Global(line, global),
        Expr::Local(_, local) => Expr::Local(line, local),
        Expr::Upvalue(_, index, local) => Expr::Upvalue(line, index, local),
        Expr::Nil(_) => Expr::Nil(line),
        Expr::False(_) => Expr::False(line),
        Expr::True(_) => Expr::True(line),
        Expr::Int(_, int) => Expr::Int(line, int),
        Expr::Float(_, float) => Expr::Float(line, float),
        Expr::Str(_, text) => Expr::Str(line, text),
        _ => expr,
    }
}

impl<'a> Parser<'a, '_> {
    /// Any expression.
    #[inline]
    pub(super) fn expr(&mut self) -> Parsed<Expr<'a>> {
        self.sub_expr(0)
    }

    /// An expression whose operators all bind tighter than `limit`.
    fn sub_expr(&mut self, limit: u8) -> Parsed<Expr<'a>> {
        self.enter()?;
        let mut left = match prefix(self.token.kind) {
            Some(op) => {
                let line = self.token.line;
                self.advance()?;
                let operand = self.sub_expr(UNARY_PRIORITY)?;
                let line = match op {
                    UnaryOp::Not => self.last_line,
                    _ => line,
                };
                Expr::Unary(op, line, self.node(operand)?)
            }
            None => self.simple_expr()?,
        };
        while let Some((op, left_priority, right_priority)) = operator(self.token.kind)
            && left_priority > limit
        {
            let line = self.token.line;
            self.advance()?;
            left = settle(left, line);
            let right = self.sub_expr(right_priority)?;
            if matches!(left, Expr::Int(..) | Expr::Float(..)) && !is_value_first(op) {
                // It may be folded with what follows.
                left = settle(left, self.last_line);
            }
            let operands = self.node([left, right])?;
            left = match op {
                Operator::And => Expr::And(line, operands),
                Operator::Or => Expr::Or(line, operands),
                Operator::Binary(op) => {
                    let line = if is_comparison(op) {
                        self.last_line
                    } else {
                        line
                    };
                    Expr::Binary(op, line, operands)
                }
            };
        }
        self.leave();
        Ok(left)
    }

    fn simple_expr(&mut self) -> Parsed<Expr<'a>> {
        let line = self.token.line;
        let expr = match (self.token.kind, self.token.lexeme) {
            (TokenKind::Int, Lexeme::Int(int)) => Expr::Int(line, int),
            (TokenKind::Float, Lexeme::Float(float)) => Expr::Float(line, float),
            (TokenKind::Str, Lexeme::Symbol(text)) => Expr::Str(line, text),
            (TokenKind::Nil, _) => Expr::Nil(line),
            (TokenKind::True, _) => Expr::True(line),
            (TokenKind::False, _) => Expr::False(line),
            (TokenKind::Ellipsis, _) => {
                if !self.function.is_vararg.get() {
                    return self.syntax_error(Message::VarargOutside);
                }
                Expr::Vararg(self.last_line)
            }
            (TokenKind::OpenBrace, _) => return self.table(),
            (TokenKind::Function, _) => {
                self.advance()?;
                let line = self.token.line;
                return Ok(Expr::Function(self.function_body(false, line)?));
            }
            _ => return Ok(self.suffixed()?.0),
        };
        self.advance()?;
        Ok(expr)
    }

    /// A name or an expression in parentheses.
    fn primary(&mut self) -> Parsed<(Expr<'a>, Role<'a>)> {
        match (self.token.kind, self.token.lexeme) {
            (TokenKind::Name, Lexeme::Symbol(name)) => {
                self.advance()?;
                self.named(name, self.last_line)
            }
            (TokenKind::OpenParen, _) => {
                let line = self.token.line;
                self.advance()?;
                let inner = self.expr()?;
                self.expect_close(TokenKind::CloseParen, TokenKind::OpenParen, line)?;
                let expr = match inner.is_multi() {
                    true => Expr::Paren(self.node(inner)?),
                    false => settle(inner, self.last_line),
                };
                Ok((expr, Role::Value))
            }
            _ => self.syntax_error(Message::UnexpectedSymbol),
        }
    }

    /// The variable of a name that was read on `line`.
    #[inline]
    pub(super) fn named(
        &mut self,
        name: &'a Symbol<'a>,
        line: Line,
    ) -> Parsed<(Expr<'a>, Role<'a>)> {
        let expr = self.variable(name, line)?;
        let role = match name.binding.get() {
            Some(local) if expr.is_literal() => Role::Constant(local),
            _ => Role::Place,
        };
        Ok((expr, role))
    }

    /// A primary expression and any number of fields, indices and calls behind it.
    pub(super) fn suffixed(&mut self) -> Parsed<(Expr<'a>, Role<'a>)> {
        let (mut expr, mut role) = self.primary()?;
        loop {
            match self.token.kind {
                TokenKind::Dot => {
                    expr = self.field_of(expr)?;
                    role = Role::Place;
                }
                TokenKind::OpenBracket => {
                    self.advance()?;
                    let key = self.expr()?;
                    self.expect(TokenKind::CloseBracket)?;
                    expr = self.index(expr, key)?;
                    role = Role::Place;
                }
                TokenKind::Colon => {
                    self.advance()?;
                    expr = self.method_call(expr)?;
                    role = Role::Value;
                }
                TokenKind::OpenParen | TokenKind::Str | TokenKind::OpenBrace => {
                    let line = self.token.line;
                    let args = self.args()?;
                    let call = self.node(Call { callee: expr, args })?;
                    expr = Expr::Call(line, call);
                    role = Role::Value;
                }
                _ => return Ok((expr, role)),
            }
        }
    }

    /// The field of `object` that a dot (or a colon) and a name select.
    pub(super) fn field_of(&mut self, object: Expr<'a>) -> Parsed<Expr<'a>> {
        self.advance()?;
        let name = self.expect_name()?;
        self.index(object, Expr::Str(self.last_line, name))
    }

    fn index(&mut self, object: Expr<'a>, key: Expr<'a>) -> Parsed<Expr<'a>> {
        let index = self.node(Index { object, key })?;
        Ok(Expr::Index(self.last_line, index))
    }

    fn method_call(&mut self, object: Expr<'a>) -> Parsed<Expr<'a>> {
        let name = self.expect_name()?;
        let name_line = self.last_line;
        let line = self.token.line;
        let args = self.args()?;
        let call = self.node(MethodCall {
            object: settle(object, name_line),
            name,
            args,
            name_line,
        })?;
        Ok(Expr::MethodCall(line, call))
    }

    fn args(&mut self) -> Parsed<&'a [Expr<'a>]> {
        let line = self.token.line;
        match (self.token.kind, self.token.lexeme) {
            (TokenKind::Str, Lexeme::Symbol(text)) => {
                self.advance()?;
                self.list(&[Expr::Str(line, text)])
            }
            (TokenKind::OpenBrace, _) => {
                let table = self.table()?;
                self.list(&[table])
            }
            (TokenKind::OpenParen, _) => {
                self.advance()?;
                let base = self.exprs.len();
                if !self.at(TokenKind::CloseParen) {
                    self.push_expr_list()?;
                }
                self.expect_close(TokenKind::CloseParen, TokenKind::OpenParen, line)?;
                let close_line = self.last_line;
                if let Some(last) = self.exprs.get_mut(base..).and_then(|args| args.last_mut()) {
                    *last = settle(*last, close_line);
                }
                self.take_exprs(base)
            }
            _ => self.syntax_error(Message::ArgumentsExpected),
        }
    }

    /// Expressions separated by commas, onto the stack of expressions.
    fn push_expr_list(&mut self) -> Parsed<()> {
        loop {
            let expr = self.expr()?;
            if !self.accept(TokenKind::Comma)? {
                return self.push_expr(expr);
            }
            self.push_expr(settle(expr, self.last_line))?;
        }
    }

    /// One or more expressions separated by commas.
    pub(super) fn expr_list(&mut self) -> Parsed<&'a [Expr<'a>]> {
        let base = self.exprs.len();
        self.push_expr_list()?;
        self.take_exprs(base)
    }

    // --- Table constructors --------------------------------------------------------------------

    fn table(&mut self) -> Parsed<Expr<'a>> {
        let (line, line_before) = (self.token.line, self.last_line);
        self.expect(TokenKind::OpenBrace)?;
        let base = self.fields.len();
        let mut keyed_count = 0u32;
        while !self.at(TokenKind::CloseBrace) {
            let field = self.field()?;
            keyed_count += u32::from(matches!(field, Field::Keyed(..)));
            let pushed = self.fields.push(field);
            self.check(pushed)?;
            if !self.accept(TokenKind::Comma)? && !self.accept(TokenKind::Semicolon)? {
                break;
            }
            if !self.at(TokenKind::CloseBrace) {
                self.settle_field(base);
            }
        }
        self.expect_close(TokenKind::CloseBrace, TokenKind::OpenBrace, line)?;
        self.settle_field(base);
        let scratch = self.lexer.scratch;
        let fields = take(scratch, &mut self.fields, base);
        let fields = self.check(fields)?;
        let last = fields.last();
        let table = self.node(Table {
            fields,
            positional_count: (fields.len() as u32).wrapping_sub(keyed_count),
            keyed_count,
            is_open: matches!(last, Some(Field::Positional(value)) if value.is_multi()),
            line: line_before,
            end_line: self.last_line,
        })?;
        Ok(Expr::Table(table))
    }

    /// The last field's value is fetched on the line of the last token.
    fn settle_field(&mut self, base: usize) {
        let line = self.last_line;
        let fields = self.fields.get_mut(base..).unwrap_or_default();
        if let Some(Field::Positional(value)) = fields.last_mut() {
            *value = settle(*value, line);
        }
    }

    fn field(&mut self) -> Parsed<Field<'a>> {
        let key = match (self.token.kind, self.token.lexeme) {
            (TokenKind::Name, Lexeme::Symbol(name)) if self.peek_kind()? == TokenKind::Assign => {
                self.advance()?;
                Expr::Str(self.last_line, name)
            }
            (TokenKind::OpenBracket, _) => {
                self.advance()?;
                let key = self.expr()?;
                self.expect(TokenKind::CloseBracket)?;
                key
            }
            _ => return Ok(Field::Positional(self.expr()?)),
        };
        self.expect(TokenKind::Assign)?;
        let value = self.expr()?;
        Ok(Field::Keyed(self.last_line, key, value))
    }
}

/// Whether a numeral on the left goes to a register before the right operand is read.
fn is_value_first(op: Operator) -> bool {
    !matches!(op, Operator::Binary(op) if op != BinaryOp::Concat)
}

fn is_comparison(op: BinaryOp) -> bool {
    use BinaryOp::*;
    matches!(
        op,
        Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual
    )
}
