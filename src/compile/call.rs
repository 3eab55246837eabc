//! Calls, and expressions that give several values.

use super::CompileError;
use super::constant::Name;
use super::emit::Reg;
use super::function::Builder;
use crate::bytecode::{Instruction, Op};
use crate::syntax::ast::{Call, Expr, MethodCall};

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
        self.emit_call(base, count, want, line)
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
        self.emit_call(base, count, want, line)
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
        base: Reg,
        count: Option<usize>,
        want: i32,
        line: u32,
    ) -> Result<(), CompileError> {
        let count = count.map_or(0, |count| count + 1) as u8;
        self.emit(
            Instruction::abc(Op::Call, base, count, (want + 1) as u8),
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
            Expr::Call(line, call) => {
                let callee = self.expr_any(&call.callee)?;
                self.call_link(call, *line, callee, base, want)?;
            }
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

    /// A call whose results are dropped.
    pub(super) fn call_statement(&mut self, expr: &'a Expr<'a>) -> Result<(), CompileError> {
        self.multi(expr, 0)
    }

    /// `return f(args)` as a tail call.
    pub(super) fn tail_call(&mut self, expr: &'a Expr<'a>) -> Result<(), CompileError> {
        let base = self.free;
        self.multi(expr, -1)?;
        self.free = base;
        let close = u8::from(self.needs_close);
        let Some(last) = self.code.as_mut_slice().last_mut() else {
            return Ok(());
        };
        let call = *last;
        *last = Instruction::abc(Op::TailCall, call.a() as Reg, call.b() as u8, close);
        Ok(())
    }
}
