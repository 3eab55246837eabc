//! Statements, blocks and function bodies.
#![forbid(unsafe_code)]

use super::Line;
use super::ast::{
    Assign, Attrib, Block, Expr, Function, FunctionStat, GenericFor, If, IfArm, LocalStat,
    LocalVar, NumericFor, Repeat, Return, Stat, Symbol, UnaryOp, Upvalue, UpvalueSource, While,
};
use super::error::Parsed;
use super::expression::{Role, settle};
use super::message::Message;
use super::parser::{Parser, take};
use super::scope::{BlockScope, FunctionScope};
use super::token::TokenKind;

/// Hidden variables of a numeric `for`: index, limit, step.
const NUMERIC_FOR_HIDDEN: usize = 3;
/// Hidden variables of a generic `for`: iterator, state, control, closing value.
const GENERIC_FOR_HIDDEN: usize = 4;

impl<'a> Parser<'a, '_> {
    // --- Functions -----------------------------------------------------------------------------

    /// The whole source.
    pub(super) fn main_function(&mut self) -> Parsed<&'a Function<'a>> {
        let env = self.declare_active(self.env_name, 0)?;
        let (outer, outer_block) = self.open_function(0)?;
        self.function.is_vararg.set(true);
        let pushed = self.function.push_upvalue(Upvalue {
            local: env,
            source: UpvalueSource::Local(env),
        });
        self.check(pushed)?;
        let stat_base = self.stats.len();
        self.advance()?;
        self.stat_list()?;
        if !self.at(TokenKind::Eof) {
            return self.syntax_error(Message::Expected(TokenKind::Eof));
        }
        self.close_function(outer, outer_block, stat_base, &[], 0)
    }

    fn open_function(&mut self, line: Line) -> Parsed<(&'a FunctionScope<'a>, BlockScope)> {
        let outer = self.function;
        outer.child_count.set(outer.child_count.get() + 1);
        let mut scope = FunctionScope::outermost(self.lexer.scratch);
        scope.parent = Some(outer);
        scope.id = self.function_count;
        scope.depth = outer.depth + 1;
        scope.line = line;
        scope.active_base = self.active.len();
        scope.label_base = self.labels.len();
        self.function_count += 1;
        self.function = self.node(scope)?;
        Ok((outer, self.enter_function_block()))
    }

    fn close_function(
        &mut self,
        outer: &'a FunctionScope<'a>,
        outer_block: BlockScope,
        stat_base: usize,
        params: &'a [&'a LocalVar<'a>],
        last_line: Line,
    ) -> Parsed<&'a Function<'a>> {
        self.check_jumps()?;
        let body = self.leave_block(outer_block, stat_base)?;
        let scope = self.function;
        self.function = outer;
        let locals = self.list(&scope.locals.borrow())?;
        let upvalues = self.list(&scope.upvalues.borrow())?;
        self.node(Function {
            id: scope.id,
            line_defined: scope.line,
            last_line,
            params,
            is_vararg: scope.is_vararg.get(),
            needs_close: scope.needs_close.get(),
            function_count: scope.child_count.get(),
            locals,
            upvalues,
            body,
        })
    }

    /// Parameters and body, from the opening parenthesis to `end`.
    pub(super) fn function_body(
        &mut self,
        is_method: bool,
        line: Line,
    ) -> Parsed<&'a Function<'a>> {
        let (outer, outer_block) = self.open_function(line)?;
        let stat_base = self.stats.len();
        let base = self.active.len();
        self.expect(TokenKind::OpenParen)?;
        if is_method {
            let name = self.lexer.symbol(b"self")?;
            self.reserve_local()?;
            self.declare(name, Attrib::Regular, line)?;
        }
        self.params()?;
        self.activate(base);
        let params = self.active.get(base..).unwrap_or_default();
        let params = self.lexer.scratch.copy_slice(params);
        let params = self.check(params)?;
        self.expect(TokenKind::CloseParen)?;
        self.stat_list()?;
        let last_line = self.token.line;
        self.expect_close(TokenKind::End, TokenKind::Function, line)?;
        self.close_function(outer, outer_block, stat_base, params, last_line)
    }

    fn params(&mut self) -> Parsed<()> {
        if self.at(TokenKind::CloseParen) {
            return Ok(());
        }
        loop {
            match self.token.kind {
                TokenKind::Name => {
                    let line = self.token.line;
                    let name = self.expect_name()?;
                    self.reserve_local()?;
                    self.declare(name, Attrib::Regular, line)?;
                }
                TokenKind::Ellipsis => {
                    self.function.is_vararg.set(true);
                    return self.advance();
                }
                _ => return self.syntax_error(Message::ParameterExpected),
            }
            if !self.accept(TokenKind::Comma)? {
                return Ok(());
            }
        }
    }

    // --- Blocks --------------------------------------------------------------------------------

    /// True at a token that ends a block; `until` ends it without closing its scope.
    fn at_block_end(&self, with_until: bool) -> bool {
        match self.token.kind {
            TokenKind::Else | TokenKind::ElseIf | TokenKind::End | TokenKind::Eof => true,
            TokenKind::Until => with_until,
            _ => false,
        }
    }

    /// Statements up to the end of their block, onto the stack of statements.
    fn stat_list(&mut self) -> Parsed<()> {
        while !self.at_block_end(true) {
            let is_return = self.at(TokenKind::Return);
            self.statement()?;
            if is_return {
                break;
            }
        }
        Ok(())
    }

    fn block(&mut self, is_loop: bool) -> Parsed<Block<'a>> {
        let outer = self.enter_block(is_loop);
        let stat_base = self.stats.len();
        self.stat_list()?;
        self.leave_block(outer, stat_base)
    }

    // --- Statements ----------------------------------------------------------------------------

    #[inline]
    fn push_stat(&mut self, stat: Stat<'a>, line: Line) -> Parsed<()> {
        let pushed = self.stats.push(stat);
        self.check(pushed)?;
        let pushed = self.stat_lines.push(line);
        self.check(pushed)
    }

    /// One statement, onto the stack of statements.
    fn statement(&mut self) -> Parsed<()> {
        let line = self.token.line;
        self.enter()?;
        let stat = match self.token.kind {
            TokenKind::Semicolon => {
                self.advance()?;
                self.leave();
                return Ok(());
            }
            TokenKind::If => self.if_stat(line)?,
            TokenKind::While => self.while_stat(line)?,
            TokenKind::Do => self.do_stat(line)?,
            TokenKind::For => self.for_stat(line)?,
            TokenKind::Repeat => self.repeat_stat(line)?,
            TokenKind::Function => self.function_stat(line)?,
            TokenKind::Local => {
                self.advance()?;
                match self.accept(TokenKind::Function)? {
                    true => self.local_function()?,
                    false => self.local_stat()?,
                }
            }
            TokenKind::DoubleColon => {
                self.advance()?;
                let name = self.expect_name()?;
                self.label(name, line)?
            }
            TokenKind::Return => self.return_stat()?,
            TokenKind::Break => {
                self.advance()?;
                self.break_stat(line)?
            }
            TokenKind::Goto => {
                self.advance()?;
                let name_line = self.token.line;
                let name = self.expect_name()?;
                self.goto_stat(name, name_line)?
            }
            _ => self.expr_stat()?,
        };
        self.push_stat(stat, line)?;
        self.leave();
        Ok(())
    }

    fn do_stat(&mut self, line: Line) -> Parsed<Stat<'a>> {
        self.advance()?;
        let block = self.block(false)?;
        self.expect_close(TokenKind::End, TokenKind::Do, line)?;
        Ok(Stat::Do(self.node(block)?))
    }

    fn if_stat(&mut self, line: Line) -> Parsed<Stat<'a>> {
        let base = self.arms.len();
        loop {
            self.advance()?;
            let condition = self.expr()?;
            self.expect(TokenKind::Then)?;
            let line = self.last_line;
            let condition = settle(condition, line);
            let body = self.block(false)?;
            let pushed = self.arms.push(IfArm {
                condition,
                body,
                line,
            });
            self.check(pushed)?;
            if !self.at(TokenKind::ElseIf) {
                break;
            }
        }
        let otherwise = match self.accept(TokenKind::Else)? {
            true => Some(self.block(false)?),
            false => None,
        };
        self.expect_close(TokenKind::End, TokenKind::If, line)?;
        let scratch = self.lexer.scratch;
        let arms = take(scratch, &mut self.arms, base);
        let arms = self.check(arms)?;
        Ok(Stat::If(self.node(If { arms, otherwise })?))
    }

    fn while_stat(&mut self, line: Line) -> Parsed<Stat<'a>> {
        self.advance()?;
        let condition = self.expr()?;
        let condition_line = self.last_line;
        self.expect(TokenKind::Do)?;
        let body = self.block(true)?;
        self.expect_close(TokenKind::End, TokenKind::While, line)?;
        Ok(Stat::While(self.node(While {
            condition,
            body,
            line: condition_line,
        })?))
    }

    fn repeat_stat(&mut self, line: Line) -> Parsed<Stat<'a>> {
        self.advance()?;
        let outer = self.enter_block(true);
        let stat_base = self.stats.len();
        self.stat_list()?;
        self.expect_close(TokenKind::Until, TokenKind::Repeat, line)?;
        let condition = self.expr()?;
        let body = self.leave_block(outer, stat_base)?;
        Ok(Stat::Repeat(self.node(Repeat {
            body,
            condition,
            line,
        })?))
    }

    fn for_stat(&mut self, line: Line) -> Parsed<Stat<'a>> {
        self.advance()?;
        let name_line = self.token.line;
        let name = self.expect_name()?;
        let outer = self.enter_block(true);
        let stat_base = self.stats.len();
        let stat = match self.token.kind {
            TokenKind::Assign => self.numeric_for(name, name_line, line)?,
            TokenKind::Comma | TokenKind::In => self.generic_for(name, name_line, line)?,
            _ => return self.syntax_error(Message::AssignOrInExpected),
        };
        self.leave_block(outer, stat_base)?;
        Ok(stat)
    }

    fn numeric_for(
        &mut self,
        name: &'a Symbol<'a>,
        name_line: Line,
        line: Line,
    ) -> Parsed<Stat<'a>> {
        for _ in 0..=NUMERIC_FOR_HIDDEN {
            self.reserve_local()?;
        }
        self.advance()?;
        let start = self.expr()?;
        self.expect(TokenKind::Comma)?;
        let limit = self.expr()?;
        let limit_line = self.last_line;
        let step = match self.accept(TokenKind::Comma)? {
            true => Some(self.expr()?),
            false => None,
        };
        self.expect(TokenKind::Do)?;
        let do_line = self.last_line;
        let base = self.active.len();
        let local = self.declare(name, Attrib::Regular, name_line)?;
        self.activate(base);
        let body = self.block(true)?;
        self.expect_close(TokenKind::End, TokenKind::For, line)?;
        Ok(Stat::NumericFor(self.node(NumericFor {
            local,
            start,
            limit,
            step,
            body,
            line,
            limit_line,
            do_line,
        })?))
    }

    fn generic_for(
        &mut self,
        name: &'a Symbol<'a>,
        name_line: Line,
        line: Line,
    ) -> Parsed<Stat<'a>> {
        for _ in 0..=GENERIC_FOR_HIDDEN {
            self.reserve_local()?;
        }
        let base = self.active.len();
        self.declare(name, Attrib::Regular, name_line)?;
        while self.accept(TokenKind::Comma)? {
            let name_line = self.token.line;
            let name = self.expect_name()?;
            self.reserve_local()?;
            self.declare(name, Attrib::Regular, name_line)?;
        }
        self.expect(TokenKind::In)?;
        let call_line = self.token.line;
        let values = self.expr_list()?;
        let values_line = self.last_line;
        self.expect(TokenKind::Do)?;
        let do_line = self.last_line;
        self.block.is_in_close = true;
        self.activate(base);
        let locals = self.active.get(base..).unwrap_or_default();
        let locals = self.lexer.scratch.copy_slice(locals);
        let locals = self.check(locals)?;
        let body = self.block(true)?;
        self.expect_close(TokenKind::End, TokenKind::For, line)?;
        Ok(Stat::GenericFor(self.node(GenericFor {
            locals,
            values,
            body,
            has_captured: locals.iter().any(|local| local.captured.get()),
            line,
            call_line,
            values_line,
            do_line,
            end_line: self.last_line,
        })?))
    }

    fn function_stat(&mut self, line: Line) -> Parsed<Stat<'a>> {
        self.advance()?;
        let name = self.expect_name()?;
        let (mut target, mut role) = self.named(name, self.last_line)?;
        while self.at(TokenKind::Dot) {
            target = self.field_of(target)?;
            role = Role::Place;
        }
        let is_method = self.at(TokenKind::Colon);
        if is_method {
            target = self.field_of(target)?;
            role = Role::Place;
        }
        let function = self.function_body(is_method, line)?;
        self.check_place(target, role)?;
        Ok(Stat::Function(self.node(FunctionStat {
            target: settle(target, line),
            function,
            line,
        })?))
    }

    fn local_function(&mut self) -> Parsed<Stat<'a>> {
        let name_line = self.token.line;
        let name = self.expect_name()?;
        let local = self.declare_active(name, name_line)?;
        let line = self.token.line;
        let function = self.function_body(false, line)?;
        Ok(Stat::LocalFunction(local, function))
    }

    fn local_stat(&mut self) -> Parsed<Stat<'a>> {
        let base = self.active.len();
        let mut close_index = None;
        let mut count = 0u8;
        loop {
            let name_line = self.token.line;
            let name = self.expect_name()?;
            self.reserve_local()?;
            let attrib = self.attrib()?;
            if attrib == Attrib::Close {
                if close_index.is_some() {
                    return self.semantic_error(Message::SeveralToClose);
                }
                close_index = Some(count);
            }
            self.declare(name, attrib, name_line)?;
            // `reserve_local` keeps the count below its limit, which fits.
            count = count.wrapping_add(1);
            if !self.accept(TokenKind::Comma)? {
                break;
            }
        }
        let values = match self.accept(TokenKind::Assign)? {
            true => self.expr_list()?,
            false => &[],
        };
        let locals = self.active.get(base..).unwrap_or_default();
        let locals = self.lexer.scratch.copy_slice(locals);
        let locals = self.check(locals)?;
        if let (Some(local), Some(&value)) = (locals.last(), values.last())
            && local.attrib == Attrib::Const
            && locals.len() == values.len()
        {
            local.constant.set(constant(value));
        }
        self.activate(base);
        self.block.is_in_close |= close_index.is_some();
        Ok(Stat::Local(self.node(LocalStat {
            locals,
            values,
            close_index,
            line: self.last_line,
        })?))
    }

    fn attrib(&mut self) -> Parsed<Attrib> {
        if !self.accept(TokenKind::Less)? {
            return Ok(Attrib::Regular);
        }
        let name = self.expect_name()?.text;
        self.expect(TokenKind::Greater)?;
        match name {
            b"const" => Ok(Attrib::Const),
            b"close" => Ok(Attrib::Close),
            _ => self.semantic_error(Message::UnknownAttribute(name)),
        }
    }

    fn return_stat(&mut self) -> Parsed<Stat<'a>> {
        self.advance()?;
        let values = match self.at_block_end(true) || self.at(TokenKind::Semicolon) {
            true => &[],
            false => self.expr_list()?,
        };
        let line = self.last_line;
        let is_in_close = self.block.is_in_close;
        let is_call = matches!(values, [Expr::Call(..) | Expr::MethodCall(..)]);
        self.accept(TokenKind::Semicolon)?;
        Ok(Stat::Return(self.node(Return {
            values,
            is_in_close,
            is_tail_call: is_call && !is_in_close,
            line,
        })?))
    }

    fn label(&mut self, name: &'a Symbol<'a>, line: Line) -> Parsed<Stat<'a>> {
        self.expect(TokenKind::DoubleColon)?;
        // Void statements behind a label do not keep it from being the last of its block.
        while self.at(TokenKind::Semicolon) || self.at(TokenKind::DoubleColon) {
            self.statement()?;
        }
        let is_last = self.at_block_end(false);
        self.label_stat(name, line, is_last)
    }

    /// A call or an assignment.
    fn expr_stat(&mut self) -> Parsed<Stat<'a>> {
        let (expr, role) = self.suffixed()?;
        if self.at(TokenKind::Assign) || self.at(TokenKind::Comma) {
            return self.assignment(expr, role);
        }
        match expr {
            Expr::Call(..) | Expr::MethodCall(..) => Ok(Stat::Call(expr)),
            _ => self.syntax_error(Message::SyntaxError),
        }
    }

    fn check_place(&mut self, target: Expr<'a>, role: Role<'a>) -> Parsed<()> {
        match role {
            Role::Place => self.check_assignable(target),
            Role::Constant(local) => self.semantic_error(Message::AssignToConst(local.name.text)),
            Role::Value => self.syntax_error(Message::SyntaxError),
        }
    }

    fn assignment(&mut self, first: Expr<'a>, role: Role<'a>) -> Parsed<Stat<'a>> {
        let base = self.exprs.len();
        self.check_place(first, role)?;
        self.push_expr(first)?;
        while self.accept(TokenKind::Comma)? {
            let (target, role) = self.suffixed()?;
            // PUC Lua recurses for each target, which bounds their number.
            self.check_depth(self.exprs.len() - base)?;
            self.check_place(target, role)?;
            self.push_expr(target)?;
        }
        let targets = self.take_exprs(base)?;
        self.expect(TokenKind::Assign)?;
        let values = self.expr_list()?;
        Ok(Stat::Assign(self.node(Assign {
            targets,
            values,
            line: self.last_line,
        })?))
    }
}

/// The literal that an initial value is, if it makes a compile-time constant.
fn constant(value: Expr<'_>) -> Option<Expr<'_>> {
    match value {
        Expr::Unary(UnaryOp::Negate, _, &Expr::Int(line, int)) => {
            Some(Expr::Int(line, int.wrapping_neg()))
        }
        // Negating a zero is left to run time, as in PUC Lua.
        Expr::Unary(UnaryOp::Negate, _, &Expr::Float(line, float)) if float != 0.0 => {
            Some(Expr::Float(line, -float))
        }
        _ if value.is_literal() => Some(value),
        _ => None,
    }
}
