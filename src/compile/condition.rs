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
        Expr::Nil | Expr::False => Some(false),
        Expr::True | Expr::Int(_) | Expr::Float(_) | Expr::Str(_) | Expr::Function(_) => Some(true),
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
    /// Jumps to `target` if the truth of `expr` equals `wanted`, else goes on behind.
    pub(super) fn jump_if(
        &mut self,
        expr: &'a Expr<'a>,
        wanted: bool,
        target: &mut JumpList,
    ) -> Result<(), CompileError> {
        if let Some(truth) = known_truth(expr) {
            if truth == wanted {
                self.jump_always(target, self.line)?;
            }
            return Ok(());
        }
        match expr {
            Expr::Paren(inner) => self.jump_if(inner, wanted, target),
            Expr::Unary(UnaryOp::Not, _, operand) => self.jump_if(operand, !wanted, target),
            Expr::Binary(op, line, [left, right]) if is_comparison(*op) => {
                self.compare(*op, *line, left, right, wanted, target)
            }
            Expr::And(_) | Expr::Or(_) => {
                let is_and = matches!(expr, Expr::And(_));
                let operands = self.flatten(expr)?;
                let Some((last, init)) = operands.split_last() else {
                    return Ok(());
                };
                // `and` is left by the first false operand, `or` by the first true one.
                if wanted != is_and {
                    for operand in init {
                        self.jump_if(operand, wanted, target)?;
                    }
                    return self.jump_if(last, wanted, target);
                }
                let mut past = JumpList::EMPTY;
                for operand in init {
                    self.jump_if(operand, !wanted, &mut past)?;
                }
                self.jump_if(last, wanted, target)?;
                self.patch_here(past);
                Ok(())
            }
            _ => self.jump_if_value(expr, wanted, self.line, target),
        }
    }

    /// As [`Builder::jump_if`] for the condition of an `if`, where the test of a plain value is on
    /// the line of `then`, as in PUC Lua: hooks tell it.
    pub(super) fn jump_if_then(
        &mut self,
        condition: &'a Expr<'a>,
        wanted: bool,
        then_line: u32,
        target: &mut JumpList,
    ) -> Result<(), CompileError> {
        let (mut expr, mut wanted) = (condition, wanted);
        loop {
            match expr {
                Expr::Paren(inner) => expr = inner,
                Expr::Unary(UnaryOp::Not, _, operand) => (expr, wanted) = (operand, !wanted),
                _ => break,
            }
        }
        let is_compound = match expr {
            Expr::Binary(op, ..) => is_comparison(*op),
            Expr::And(_) | Expr::Or(_) => true,
            _ => known_truth(expr).is_some(),
        };
        if is_compound {
            return self.jump_if(expr, wanted, target);
        }
        self.jump_if_value(expr, wanted, then_line, target)
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

    /// The operands of a chain of one logical operator, from left to right (W4).
    fn flatten(&mut self, expr: &'a Expr<'a>) -> Result<&'a [&'a Expr<'a>], CompileError> {
        let is_and = matches!(expr, Expr::And(_));
        let mut operands = ScratchVec::new_in(self.context.scratch);
        let mut head = expr;
        loop {
            head = match head {
                Expr::And([left, right]) if is_and => {
                    operands.push(right)?;
                    left
                }
                Expr::Or([left, right]) if !is_and => {
                    operands.push(right)?;
                    left
                }
                _ => break,
            };
        }
        operands.push(head)?;
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
        matches!(expr, Expr::Nil | Expr::False | Expr::True | Expr::Str(_))
            || known_number(expr).is_some()
    }

    /// The index of the constant that `expr` is, if it is one and its index fits.
    fn equality_constant(&mut self, expr: &'a Expr<'a>) -> Result<Option<u16>, CompileError> {
        let index = match expr {
            Expr::Nil => self.constant(Constant::Nil)?,
            Expr::False => self.constant(Constant::Bool(false))?,
            Expr::True => self.constant(Constant::Bool(true))?,
            Expr::Str(symbol) => self.string(symbol)?,
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
        let is_or = matches!(expr, Expr::Or(_));
        let operands = self.flatten(expr)?;
        let Some((last, init)) = operands.split_last() else {
            return Ok(());
        };
        let mut done = JumpList::EMPTY;
        for operand in init {
            self.value_or_pass(operand, is_or, dest, &mut done)?;
        }
        self.expr_to(last, dest)?;
        self.patch_here(done);
        Ok(())
    }

    /// If the truth of `expr` equals `wanted`, its value goes to `dest` and control to `done`;
    /// else control goes on behind, and `dest` is anything.
    fn value_or_pass(
        &mut self,
        expr: &'a Expr<'a>,
        wanted: bool,
        dest: Reg,
        done: &mut JumpList,
    ) -> Result<(), CompileError> {
        if let Some(truth) = known_truth(expr) {
            if truth == wanted {
                self.expr_to(expr, dest)?;
                self.jump_always(done, self.line)?;
            }
            return Ok(());
        }
        match expr {
            Expr::Paren(inner) if !inner.is_multi() => {
                self.value_or_pass(inner, wanted, dest, done)
            }
            Expr::Local(local) => {
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
                self.jump(done, instruction, self.line)
            }
            Expr::And(_) | Expr::Or(_) if wanted != matches!(expr, Expr::Or(_)) => {
                // `c and v` where a true value is wanted: past it as soon as `c` is false.
                let operands = self.flatten(expr)?;
                let Some((last, init)) = operands.split_last() else {
                    return Ok(());
                };
                let mut past = JumpList::EMPTY;
                for operand in init {
                    self.jump_if(operand, !wanted, &mut past)?;
                }
                self.value_or_pass(last, wanted, dest, done)?;
                self.patch_here(past);
                Ok(())
            }
            Expr::And(_) | Expr::Or(_) => {
                let operands = self.flatten(expr)?;
                for operand in operands {
                    self.value_or_pass(operand, wanted, dest, done)?;
                }
                Ok(())
            }
            Expr::Unary(UnaryOp::Not, ..) => self.boolean_or_pass(expr, wanted, dest, done),
            Expr::Binary(op, ..) if is_comparison(*op) => {
                self.boolean_or_pass(expr, wanted, dest, done)
            }
            _ => {
                self.expr_to(expr, dest)?;
                let op = if wanted { Op::JumpIf } else { Op::JumpIfNot };
                self.jump(done, Instruction::ad(op, dest, 0), self.line)
            }
        }
    }

    /// As [`Builder::value_or_pass`] for what is always a boolean.
    fn boolean_or_pass(
        &mut self,
        expr: &'a Expr<'a>,
        wanted: bool,
        dest: Reg,
        done: &mut JumpList,
    ) -> Result<(), CompileError> {
        let mut past = JumpList::EMPTY;
        self.jump_if(expr, !wanted, &mut past)?;
        let op = if wanted { Op::LoadTrue } else { Op::LoadFalse };
        self.emit_here(Instruction::ad(op, dest, 0))?;
        self.jump_always(done, self.line)?;
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
