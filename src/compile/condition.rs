//! Conditions: jumps on the truth of an expression, and the values of `and` and `or`.

use super::CompileError;
use super::emit::{JumpList, Reg};
use super::fold::{Known, known_number};
use super::function::Builder;
use crate::bytecode::{Instruction, Op};
use crate::memory::ScratchVec;
use crate::syntax::ast::{BinaryOp, Expr, UnaryOp};
use crate::value::Constant;

/// What is known of an expression's truth before it runs.
pub(super) fn known_truth(expr: &Expr<'_>) -> Option<bool> {
    match expr {
        Expr::Nil(_) | Expr::False(_) => Some(false),
        Expr::True(_) | Expr::Int(..) | Expr::Float(..) => Some(true),
        Expr::Str(..) | Expr::Function(_) => Some(true),
        Expr::Paren(inner) => known_truth(inner),
        Expr::Unary(UnaryOp::Not, _, operand) => known_truth(operand).map(|truth| !truth),
        Expr::Unary(..) | Expr::Binary(..) => known_number(expr).map(|_| true),
        _ => None,
    }
}

fn is_comparison(op: BinaryOp) -> bool {
    use BinaryOp::*;
    matches!(
        op,
        Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual
    )
}

impl<'a> Builder<'a> {
    /// Jumps to `target` if the truth of `expr` equals `wanted`, else goes on behind. A plain value
    /// is tested on `line`, that of the token behind it, as in PUC Lua: hooks tell it.
    pub(super) fn jump_if(
        &mut self,
        expr: &'a Expr<'a>,
        wanted: bool,
        line: u32,
        target: &mut JumpList,
    ) -> Result<(), CompileError> {
        if let Some(truth) = known_truth(expr) {
            if truth == wanted {
                self.jump_always(target, line)?;
            }
            return Ok(());
        }
        match expr {
            Expr::Paren(inner) => self.jump_if(inner, wanted, line, target),
            Expr::Unary(UnaryOp::Not, _, operand) => self.jump_if(operand, !wanted, line, target),
            Expr::Binary(op, line, [left, right]) if is_comparison(*op) => {
                self.compare(*op, *line, left, right, wanted, target)
            }
            Expr::And(..) | Expr::Or(..) => {
                let is_and = matches!(expr, Expr::And(..));
                let operands = self.flatten(expr, line)?;
                let Some(((last, line), init)) = operands.split_last() else {
                    return Ok(());
                };
                // `and` is left by the first false operand, `or` by the first true one.
                if wanted != is_and {
                    for (operand, line) in init {
                        self.jump_if(operand, wanted, *line, target)?;
                    }
                    return self.jump_if(last, wanted, *line, target);
                }
                let mut past = JumpList::EMPTY;
                for (operand, line) in init {
                    self.jump_if(operand, !wanted, *line, &mut past)?;
                }
                self.jump_if(last, wanted, *line, target)?;
                self.patch_here(past);
                Ok(())
            }
            _ => self.jump_if_value(expr, wanted, line, target),
        }
    }

    fn jump_if_value(
        &mut self,
        expr: &'a Expr<'a>,
        wanted: bool,
        line: u32,
        target: &mut JumpList,
    ) -> Result<(), CompileError> {
        let saved = self.free;
        let register = self.expr_any(expr)?;
        self.free = saved;
        let op = if wanted { Op::JumpIf } else { Op::JumpIfNot };
        self.jump(target, Instruction::ad(op, register, 0), line)
    }

    /// The operands of a chain of one logical operator, from left to right (W4), each with the line
    /// of what follows it; `line` is that of what follows the last.
    fn flatten(
        &mut self,
        expr: &'a Expr<'a>,
        line: u32,
    ) -> Result<&'a [(&'a Expr<'a>, u32)], CompileError> {
        let is_and = matches!(expr, Expr::And(..));
        let mut operands = ScratchVec::new_in(self.context.scratch);
        let (mut head, mut line) = (expr, line);
        loop {
            let (op_line, [left, right]) = match head {
                Expr::And(op_line, operands) if is_and => (op_line, operands),
                Expr::Or(op_line, operands) if !is_and => (op_line, operands),
                _ => break,
            };
            operands.push((right, line))?;
            (head, line) = (left, *op_line);
        }
        operands.push((head, line))?;
        operands.as_mut_slice().reverse();
        Ok(operands.into_slice())
    }

    fn compare(
        &mut self,
        op: BinaryOp,
        line: u32,
        left: &'a Expr<'a>,
        right: &'a Expr<'a>,
        wanted: bool,
        target: &mut JumpList,
    ) -> Result<(), CompileError> {
        let saved = self.free;
        let instruction = if matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) {
            self.equality(left, right, wanted == (op == BinaryOp::Equal))?
        } else {
            self.order(op, left, right, wanted)?
        };
        self.free = saved;
        self.jump(target, instruction, line)
    }

    fn equality(
        &mut self,
        left: &'a Expr<'a>,
        right: &'a Expr<'a>,
        wanted: bool,
    ) -> Result<Instruction, CompileError> {
        // A constant may stand on either side: equality asks no order.
        let (value, other) = if self.is_constant(left) && !self.is_constant(right) {
            (right, left)
        } else {
            (left, right)
        };
        let register = self.expr_any(value)?;
        if let Some(index) = self.equality_constant(other)? {
            let op = if wanted {
                Op::JumpEqConst
            } else {
                Op::JumpNeConst
            };
            return Ok(Instruction::a_bc_d(op, register, index, 0));
        }
        let other = self.expr_any(other)?;
        let op = if wanted { Op::JumpEq } else { Op::JumpNe };
        Ok(Instruction::abc(op, register, other, 0))
    }

    fn is_constant(&self, expr: &'a Expr<'a>) -> bool {
        expr.is_literal() || known_number(expr).is_some()
    }

    /// The index of the constant that `expr` is, if it is one and its index fits.
    fn equality_constant(&mut self, expr: &'a Expr<'a>) -> Result<Option<u16>, CompileError> {
        let index = match expr {
            Expr::Nil(_) => self.constant(Constant::Nil)?,
            Expr::False(_) => self.constant(Constant::Bool(false))?,
            Expr::True(_) => self.constant(Constant::Bool(true))?,
            Expr::Str(_, symbol) => self.string(symbol)?,
            _ => match known_number(expr) {
                Some(Known::Int(int)) => self.constant(Constant::Int(int))?,
                Some(Known::Float(float)) => self.constant(Constant::Float(float))?,
                None => return Ok(None),
            },
        };
        Ok(u16::try_from(index).ok())
    }

    fn order(
        &mut self,
        op: BinaryOp,
        left: &'a Expr<'a>,
        right: &'a Expr<'a>,
        wanted: bool,
    ) -> Result<Instruction, CompileError> {
        let small = |expr| match known_number(expr) {
            Some(Known::Int(int)) => i16::try_from(int).ok(),
            _ => None,
        };
        if let Some(number) = small(right) {
            let register = self.expr_any(left)?;
            return Ok(Instruction::a_bc_d(
                small_op(op, wanted),
                register,
                number as u16,
                0,
            ));
        }
        if let Some(number) = small(left) {
            let register = self.expr_any(right)?;
            let op = small_op(mirrored(op), wanted);
            return Ok(Instruction::a_bc_d(op, register, number as u16, 0));
        }
        let left = self.expr_any(left)?;
        let right = self.expr_any(right)?;
        let (is_lt, first, second) = match op {
            BinaryOp::Less => (true, left, right),
            BinaryOp::LessEqual => (false, left, right),
            BinaryOp::Greater => (true, right, left),
            _ => (false, right, left),
        };
        let op = match (is_lt, wanted) {
            (true, true) => Op::JumpLt,
            (true, false) => Op::JumpNotLt,
            (false, true) => Op::JumpLe,
            (false, false) => Op::JumpNotLe,
        };
        Ok(Instruction::abc(op, first, second, 0))
    }

    /// The value of a chain of `and` or `or` to `dest`.
    pub(super) fn logical_to(&mut self, expr: &'a Expr<'a>, dest: Reg) -> Result<(), CompileError> {
        let is_or = matches!(expr, Expr::Or(..));
        let end_line = expr.line().unwrap_or(self.line);
        let operands = self.flatten(expr, end_line)?;
        let Some(((last, _), init)) = operands.split_last() else {
            return Ok(());
        };
        let mut done = JumpList::EMPTY;
        for (operand, line) in init {
            self.value_or_pass(operand, is_or, *line, dest, &mut done)?;
        }
        self.expr_to(last, dest)?;
        self.patch_here(done);
        Ok(())
    }

    /// If the truth of `expr` equals `wanted`, its value goes to `dest` and control to `done`;
    /// else control goes on behind, and `dest` is anything. A plain value is tested on `line`.
    fn value_or_pass(
        &mut self,
        expr: &'a Expr<'a>,
        wanted: bool,
        line: u32,
        dest: Reg,
        done: &mut JumpList,
    ) -> Result<(), CompileError> {
        if let Some(truth) = known_truth(expr) {
            if truth == wanted {
                self.expr_to(expr, dest)?;
                self.jump_always(done, line)?;
            }
            return Ok(());
        }
        match expr {
            Expr::Paren(inner) if !inner.is_multi() => {
                self.value_or_pass(inner, wanted, line, dest, done)
            }
            Expr::Local(_, local) => {
                let op = if wanted {
                    Op::JumpIfSet
                } else {
                    Op::JumpIfNotSet
                };
                let register = local.note.get() as Reg;
                let plain = if wanted { Op::JumpIf } else { Op::JumpIfNot };
                let instruction = if register == dest {
                    Instruction::ad(plain, dest, 0)
                } else {
                    Instruction::abc(op, dest, register, 0)
                };
                self.jump(done, instruction, line)
            }
            Expr::And(..) | Expr::Or(..) if wanted != matches!(expr, Expr::Or(..)) => {
                // `c and v` where a true value is wanted: past it as soon as `c` is false.
                let operands = self.flatten(expr, line)?;
                let Some(((last, line), init)) = operands.split_last() else {
                    return Ok(());
                };
                let mut past = JumpList::EMPTY;
                for (operand, line) in init {
                    self.jump_if(operand, !wanted, *line, &mut past)?;
                }
                self.value_or_pass(last, wanted, *line, dest, done)?;
                self.patch_here(past);
                Ok(())
            }
            Expr::And(..) | Expr::Or(..) => {
                let operands = self.flatten(expr, line)?;
                for (operand, line) in operands {
                    self.value_or_pass(operand, wanted, *line, dest, done)?;
                }
                Ok(())
            }
            Expr::Unary(UnaryOp::Not, ..) => self.boolean_or_pass(expr, wanted, line, dest, done),
            Expr::Binary(op, ..) if is_comparison(*op) => {
                self.boolean_or_pass(expr, wanted, line, dest, done)
            }
            _ => {
                self.expr_to(expr, dest)?;
                let op = if wanted { Op::JumpIf } else { Op::JumpIfNot };
                self.jump(done, Instruction::ad(op, dest, 0), line)
            }
        }
    }

    /// As [`Builder::value_or_pass`] for what is always a boolean.
    fn boolean_or_pass(
        &mut self,
        expr: &'a Expr<'a>,
        wanted: bool,
        line: u32,
        dest: Reg,
        done: &mut JumpList,
    ) -> Result<(), CompileError> {
        let mut past = JumpList::EMPTY;
        self.jump_if(expr, !wanted, line, &mut past)?;
        let op = if wanted { Op::LoadTrue } else { Op::LoadFalse };
        self.emit(Instruction::ad(op, dest, 0), line)?;
        self.jump_always(done, line)?;
        self.patch_here(past);
        Ok(())
    }
}

/// The comparison with its sides exchanged.
fn mirrored(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessEqual => BinaryOp::GreaterEqual,
        BinaryOp::Greater => BinaryOp::Less,
        _ => BinaryOp::LessEqual,
    }
}

/// The jump of a comparison with a small integer on the right.
fn small_op(op: BinaryOp, wanted: bool) -> Op {
    match (op, wanted) {
        (BinaryOp::Less, true) => Op::JumpLtI,
        (BinaryOp::Less, false) => Op::JumpNotLtI,
        (BinaryOp::LessEqual, true) => Op::JumpLeI,
        (BinaryOp::LessEqual, false) => Op::JumpNotLeI,
        (BinaryOp::Greater, true) => Op::JumpGtI,
        (BinaryOp::Greater, false) => Op::JumpNotGtI,
        (_, true) => Op::JumpGeI,
        (_, false) => Op::JumpNotGeI,
    }
}
