//! Calls, and expressions that give several values.

use super::CompileError;
use super::constant::Name;
use super::emit::Reg;
use super::function::Builder;
use crate::bytecode::{Instruction, Op};
use crate::syntax::ast::{Call, Expr, MethodCall};

/// A callee that the call itself fetches.
#[derive(Clone, Copy)]
pub(super) struct Fetched {
    /// The call.
    op: Op,
    /// The number of the variable's register or of the upvalue.
    index: i32,
    /// The line of its name.
    line: u32,
}

/// The line of the first instruction of an expression, if that is plain to see.
fn first_line(expr: &Expr<'_>) -> Option<u32> {
    let mut expr = expr;
    loop {
        expr = match expr {
            Expr::Nil(line) | Expr::False(line) | Expr::True(line) | Expr::Vararg(line) => {
                return Some(*line);
            }
            Expr::Int(line, _) | Expr::Float(line, _) | Expr::Str(line, _) => return Some(*line),
            Expr::Local(line, _) | Expr::Upvalue(line, ..) | Expr::Global(line, _) => {
                return Some(*line);
            }
            Expr::Index(_, index) => &index.object,
            Expr::Call(_, call) => &call.callee,
            Expr::MethodCall(_, call) => &call.object,
            Expr::Unary(_, _, operand) => operand,
            Expr::Binary(_, _, operands) => &operands[0],
            Expr::Paren(inner) => inner,
            _ => return None,
        };
    }
}

impl<'a> Builder<'a> {
    /// `callee(args)` with the callee in register `callee`; results go to `base` and up. `want` is
    /// the number of results, negative for all.
    pub(super) fn call_link(
        &mut self,
        call: &'a Call<'a>,
        line: u32,
        callee: Reg,
        base: Reg,
        want: i32,
    ) -> Result<(), CompileError> {
        self.place_callee(callee, base)?;
        let count = self.args(call.args)?;
        self.emit_call(None, base, count, want, line)
    }

    /// As [`Self::call_link`], for a callee that the call itself fetches.
    pub(super) fn fetched_call(
        &mut self,
        call: &'a Call<'a>,
        line: u32,
        callee: Fetched,
        base: Reg,
        want: i32,
    ) -> Result<(), CompileError> {
        self.free = base;
        self.take(1)?;
        self.line = callee.line;
        let count = self.args(call.args)?;
        self.emit_call(Some(callee), base, count, want, line)
    }

    /// Where a call can fetch its callee when the arguments are there, instead of an instruction
    /// of its own before them: from a variable that is never assigned to, so that they cannot
    /// change it. Where they begin on another line, that instruction is an event of its own for
    /// hooks, and stays.
    pub(super) fn fetched(call: &Call<'_>, line: u32) -> Option<Fetched> {
        let callee = match call.callee {
            Expr::Upvalue(line, index, local) if !local.assigned.get() => Fetched {
                op: Op::CallUpvalue,
                index: i32::from(index),
                line,
            },
            Expr::Local(line, local) if !local.assigned.get() => Fetched {
                op: Op::CallLocal,
                index: local.note.get() as i32,
                line,
            },
            _ => return None,
        };
        let first = call.args.first().map_or(Some(line), first_line)?;
        (first == callee.line).then_some(callee)
    }

    /// Puts the called value into `base` and frees what is above it.
    fn place_callee(&mut self, callee: Reg, base: Reg) -> Result<(), CompileError> {
        self.free = base;
        let dest = self.take(1)?;
        if callee != dest {
            self.emit_here(Instruction::abc(Op::Move, dest, callee, 0))?;
        }
        Ok(())
    }

    /// `object:name(args)` with the object in register `object`.
    pub(super) fn method_link(
        &mut self,
        call: &'a MethodCall<'a>,
        line: u32,
        object: Reg,
        base: Reg,
        want: i32,
    ) -> Result<(), CompileError> {
        self.place_method(call, object, base)?;
        let count = self.args(call.args)?.map(|count| count + 1);
        self.emit_call(None, base, count, want, line)
    }

    fn place_method(
        &mut self,
        call: &'a MethodCall<'a>,
        object: Reg,
        base: Reg,
    ) -> Result<(), CompileError> {
        self.free = base;
        self.take(2)?;
        let instruction = match self.name(call.name)? {
            Name::Key(constant, hash) => {
                Instruction::key(Op::SelfField, base, object, constant, hash)
            }
            Name::Long(index) => Instruction::abcd(Op::SelfLong, base, object, 0, index),
        };
        self.emit(instruction, call.name_line).map(drop)
    }

    /// Arguments to registers one after the other; their count, `None` if the last is open.
    fn args(&mut self, args: &'a [Expr<'a>]) -> Result<Option<usize>, CompileError> {
        let Some((last, init)) = args.split_last() else {
            return Ok(Some(0));
        };
        for arg in init {
            self.expr_next(arg)?;
        }
        if last.is_multi() {
            self.multi_next(last)?;
            return Ok(None);
        }
        self.expr_next(last)?;
        Ok(Some(args.len()))
    }

    fn emit_call(
        &mut self,
        callee: Option<Fetched>,
        base: Reg,
        count: Option<usize>,
        want: i32,
        line: u32,
    ) -> Result<(), CompileError> {
        let count = count.map_or(0, |count| count + 1) as u8;
        let (op, index) = callee.map_or((Op::Call, 0), |callee| (callee.op, callee.index));
        self.emit(
            Instruction::abcd(op, base, count, (want + 1) as u8, index),
            line,
        )?;
        self.free = base;
        self.touch(base as usize + want.max(1) as usize)
    }

    /// An expression of several values to the next free register and up, all of them.
    pub(super) fn multi_next(&mut self, expr: &'a Expr<'a>) -> Result<(), CompileError> {
        let base = self.free;
        self.multi(expr, -1)?;
        self.free = base;
        self.touch(base as usize + 1)
    }

    /// An expression of several values to the next free register and up: `want` of them, negative
    /// for all. No register is taken.
    pub(super) fn multi(&mut self, expr: &'a Expr<'a>, want: i32) -> Result<(), CompileError> {
        let base = self.free;
        match expr {
            Expr::Call(line, call) => match Self::fetched(call, *line) {
                Some(callee) => self.fetched_call(call, *line, callee, base, want)?,
                None => self.plain_call(call, *line, base, want)?,
            },
            Expr::MethodCall(line, call) => {
                let object = self.expr_any(&call.object)?;
                self.method_link(call, *line, object, base, want)?;
            }
            Expr::Vararg(line) => {
                self.emit(
                    Instruction::abc(Op::VarArg, base, 0, (want + 1) as u8),
                    *line,
                )?;
                self.touch(base as usize + want.max(1) as usize)?;
            }
            _ => {}
        }
        self.free = base;
        Ok(())
    }

    /// A call whose callee is there before its arguments.
    fn plain_call(
        &mut self,
        call: &'a Call<'a>,
        line: u32,
        base: Reg,
        want: i32,
    ) -> Result<(), CompileError> {
        let callee = self.expr_any(&call.callee)?;
        self.call_link(call, line, callee, base, want)
    }

    /// A call whose results are dropped.
    pub(super) fn call_statement(&mut self, expr: &'a Expr<'a>) -> Result<(), CompileError> {
        self.multi(expr, 0)
    }

    /// `return f(args)` as a tail call.
    pub(super) fn tail_call(&mut self, expr: &'a Expr<'a>) -> Result<(), CompileError> {
        let base = self.free;
        match expr {
            Expr::Call(line, call) => self.plain_call(call, *line, base, -1)?,
            _ => self.multi(expr, -1)?,
        }
        self.free = base;
        let close = u8::from(self.needs_close);
        let Some(last) = self.arrays.code.as_mut_slice().last_mut() else {
            return Ok(());
        };
        let call = *last;
        *last = Instruction::abc(Op::TailCall, call.a() as Reg, call.b() as u8, close);
        Ok(())
    }
}
