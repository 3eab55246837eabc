//! Expressions to registers.

use super::CompileError;
use super::constant::Name;
use super::emit::{JumpList, Reg};
use super::fold::{Known, known_number};
use super::function::Builder;
use super::record::Template;
use crate::bytecode::{Instruction, Op};
use crate::syntax::ast::{BinaryOp, Env, Expr, Field, Global, Index, Table, UnaryOp};
use crate::value::Constant;

/// Positional items of a table constructor that are stored at once, as in PUC Lua.
const ITEMS_PER_STORE: usize = 50;
/// The most slots that a constructor asks for ahead; beyond, the table grows as it fills.
const SIZE_HINT_MAX: u32 = 1 << 20;

impl<'a> Builder<'a> {
    /// Compiles `expr` to the register `dest`.
    pub(super) fn expr_to(&mut self, expr: &'a Expr<'a>, dest: Reg) -> Result<(), CompileError> {
        if let Some(known) = self.foldable(expr) {
            self.line = expr.line().unwrap_or(self.line);
            return self.load_number(known, dest);
        }
        if is_plain(expr) {
            self.line = expr.line().unwrap_or(self.line);
        }
        match expr {
            Expr::Nil(_) => self.load_nils(dest, 1, self.line),
            Expr::False(_) => self.emit_here(Instruction::ad(Op::LoadFalse, dest, 0)),
            Expr::True(_) => self.emit_here(Instruction::ad(Op::LoadTrue, dest, 0)),
            Expr::Int(_, int) => self.load_number(Known::Int(*int), dest),
            Expr::Float(_, float) => self.load_number(Known::Float(*float), dest),
            Expr::Str(_, symbol) => {
                let index = self.string(symbol)?;
                self.emit_here(Instruction::ad(Op::LoadConst, dest, index))
            }
            Expr::Vararg(line) => self
                .emit(Instruction::abc(Op::VarArg, dest, 0, 2), *line)
                .map(drop),
            Expr::Function(function) => {
                let index = self.inner(function)?;
                let line = function.last_line;
                self.emit(Instruction::ad(Op::Closure, dest, index), line)
                    .map(drop)
            }
            Expr::Table(table) => self.table_to(table, dest),
            Expr::Local(_, local) => self.move_to(local.note.get() as Reg, dest),
            Expr::Upvalue(_, index, _) => {
                self.emit_here(Instruction::abc(Op::GetUpvalue, dest, *index, 0))
            }
            Expr::Global(line, global) => self.global_to(global, *line, dest),
            Expr::Index(..) | Expr::Call(..) | Expr::MethodCall(..) => self.chain_to(expr, dest),
            Expr::Unary(op, line, operand) => self.unary_to(*op, *line, operand, dest),
            Expr::Binary(op, line, _) => match op {
                BinaryOp::Concat => self.concat_to(expr, dest),
                BinaryOp::Equal
                | BinaryOp::NotEqual
                | BinaryOp::Less
                | BinaryOp::LessEqual
                | BinaryOp::Greater
                | BinaryOp::GreaterEqual => self.truth_to(expr, *line, dest),
                _ => self.arith_to(expr, dest),
            },
            Expr::And(..) | Expr::Or(..) if self.is_temporary(dest) => self.logical_to(expr, dest),
            Expr::And(..) | Expr::Or(..) => {
                // Operands may use the variable that `dest` is.
                let register = self.take(1)?;
                self.logical_to(expr, register)?;
                self.free = register;
                self.move_to(register, dest)
            }
            Expr::Paren(inner) => self.expr_to(inner, dest),
        }
    }

    /// Compiles `expr` into any register: a variable's own, or a new temporary.
    pub(super) fn expr_any(&mut self, expr: &'a Expr<'a>) -> Result<Reg, CompileError> {
        match expr {
            Expr::Local(line, local) => {
                self.line = *line;
                Ok(local.note.get() as Reg)
            }
            Expr::Paren(inner) => self.expr_any(inner),
            _ => self.expr_next(expr),
        }
    }

    /// Compiles `expr` to a new temporary.
    pub(super) fn expr_next(&mut self, expr: &'a Expr<'a>) -> Result<Reg, CompileError> {
        // Taken after the operands are done with, so that they can use the same registers; the
        // destination is the first of them.
        let dest = self.take(1)?;
        self.expr_to(expr, dest)?;
        self.free = dest + 1;
        Ok(dest)
    }

    /// Appends an instruction on the line of the one before.
    pub(super) fn emit_here(&mut self, instruction: Instruction) -> Result<(), CompileError> {
        self.emit(instruction, self.line).map(drop)
    }

    pub(super) fn move_to(&mut self, from: Reg, dest: Reg) -> Result<(), CompileError> {
        if from == dest {
            return Ok(());
        }
        self.emit_here(Instruction::abc(Op::Move, dest, from, 0))
    }

    /// The number of an operator expression that can be computed now.
    fn foldable(&self, expr: &'a Expr<'a>) -> Option<Known> {
        match expr {
            Expr::Unary(..) | Expr::Binary(..) => known_number(expr),
            _ => None,
        }
    }

    pub(super) fn load_number(&mut self, known: Known, dest: Reg) -> Result<(), CompileError> {
        let instruction = match known {
            Known::Int(int) => match i32::try_from(int) {
                Ok(int) => Instruction::ad(Op::LoadInt, dest, int),
                Err(_) => {
                    let index = self.constant(Constant::Int(int))?;
                    Instruction::ad(Op::LoadConst, dest, index)
                }
            },
            Known::Float(float) => {
                let small = float as i32;
                if f64::from(small).to_bits() == float.to_bits() {
                    Instruction::ad(Op::LoadFloat, dest, small)
                } else {
                    let index = self.constant(Constant::Float(float))?;
                    Instruction::ad(Op::LoadConst, dest, index)
                }
            }
        };
        self.emit_here(instruction)
    }

    fn global_to(
        &mut self,
        global: &'a Global<'a>,
        line: u32,
        dest: Reg,
    ) -> Result<(), CompileError> {
        let name = self.name(global.name)?;
        match (&global.env, name) {
            (Env::Upvalue(index, _), Name::Key(constant, hash)) => self
                .emit(
                    Instruction::key(Op::GetGlobal, dest, *index, constant, hash),
                    line,
                )
                .map(drop),
            (env, name) => {
                let saved = self.free;
                let object = self.env_any(env)?;
                self.free = saved;
                self.emit_get(dest, object, name, line)
            }
        }
    }

    /// The register of an environment that is no upvalue, or whose field has a long name.
    pub(super) fn env_any(&mut self, env: &'a Env<'a>) -> Result<Reg, CompileError> {
        match env {
            Env::Local(local) => Ok(local.note.get() as Reg),
            Env::Upvalue(index, _) => {
                let register = self.take(1)?;
                self.emit_here(Instruction::abc(Op::GetUpvalue, register, *index, 0))?;
                Ok(register)
            }
            Env::Constant(value) => self.expr_next(value),
        }
    }

    fn emit_get(
        &mut self,
        dest: Reg,
        object: Reg,
        name: Name,
        line: u32,
    ) -> Result<(), CompileError> {
        let instruction = match name {
            Name::Key(constant, hash) => {
                Instruction::key(Op::GetField, dest, object, constant, hash)
            }
            Name::Long(index) => Instruction::abcd(Op::GetFieldLong, dest, object, 0, index),
        };
        self.emit(instruction, line).map(drop)
    }

    /// Field accesses and calls: a chain whose left spine is walked by a loop (W4).
    fn chain_to(&mut self, expr: &'a Expr<'a>, dest: Reg) -> Result<(), CompileError> {
        let base = self.arrays.spine.len();
        let mut head = expr;
        loop {
            let inner = match head {
                Expr::Index(_, index) => &index.object,
                Expr::Call(_, call) => &call.callee,
                Expr::MethodCall(_, call) => &call.object,
                _ => break,
            };
            self.arrays.spine.push(head)?;
            head = inner;
        }
        let free = self.free;
        let saved = self.work_register(dest);
        self.free = saved;
        let fetched = match self.arrays.spine.get(base..).and_then(<[_]>::last) {
            Some(Expr::Call(line, call)) => {
                Self::fetched(call, *line).map(|callee| (callee, call, *line))
            }
            _ => None,
        };
        let mut object = match fetched {
            Some((callee, call, line)) => {
                self.arrays.spine.pop();
                self.fetched_call(call, line, callee, saved, 1)?;
                saved
            }
            None => self.expr_any(head)?,
        };
        while let Some(link) = self.arrays.pop_spine(base) {
            let is_last = self.arrays.spine.len() == base;
            object = match link {
                Expr::Index(line, index) => {
                    let target = if is_last { Some(dest) } else { None };
                    self.index_link(index, *line, object, saved, target)?
                }
                Expr::Call(line, call) => {
                    self.call_link(call, *line, object, saved, 1)?;
                    saved
                }
                Expr::MethodCall(line, call) => {
                    self.method_link(call, *line, object, saved, 1)?;
                    saved
                }
                _ => object,
            };
        }
        self.free = free;
        self.move_to(object, dest)
    }

    /// Where work towards `dest` may be done: in `dest` itself if it is the newest temporary, else
    /// above all that is in use. A variable keeps its value until the work is done.
    fn work_register(&self, dest: Reg) -> Reg {
        if self.is_temporary(dest) && dest + 1 == self.free {
            dest
        } else {
            self.free
        }
    }

    /// `object[key]` into `target`, or into the temporary `saved`.
    fn index_link(
        &mut self,
        index: &'a Index<'a>,
        line: u32,
        object: Reg,
        saved: Reg,
        target: Option<Reg>,
    ) -> Result<Reg, CompileError> {
        if let Expr::Str(_, symbol) = &index.key {
            let name = self.name(symbol)?;
            self.free = saved;
            let dest = self.target_or_next(target)?;
            self.emit_get(dest, object, name, line)?;
            return Ok(dest);
        }
        let instruction = match known_number(&index.key) {
            Some(Known::Int(int @ 0..=255)) => Instruction::abc(Op::GetInt, 0, object, int as u8),
            _ => {
                let key = self.expr_any(&index.key)?;
                Instruction::abc(Op::GetIndex, 0, object, key)
            }
        };
        self.free = saved;
        let dest = self.target_or_next(target)?;
        self.emit(instruction.with_a(dest), line)?;
        Ok(dest)
    }

    fn target_or_next(&mut self, target: Option<Reg>) -> Result<Reg, CompileError> {
        match target {
            Some(target) => Ok(target),
            None => self.take(1),
        }
    }

    fn unary_to(
        &mut self,
        op: UnaryOp,
        line: u32,
        operand: &'a Expr<'a>,
        dest: Reg,
    ) -> Result<(), CompileError> {
        let op = match op {
            UnaryOp::Negate => Op::Unm,
            UnaryOp::Not => Op::Not,
            UnaryOp::Length => Op::Len,
            UnaryOp::BitNot => Op::BNot,
        };
        let free = self.free;
        self.free = self.work_register(dest);
        let operand = self.expr_any(operand)?;
        self.free = free;
        self.emit(Instruction::abc(op, dest, operand, 0), line)
            .map(drop)
    }

    /// A chain of arithmetic operators along its left spine (W4).
    fn arith_to(&mut self, expr: &'a Expr<'a>, dest: Reg) -> Result<(), CompileError> {
        let base = self.arrays.spine.len();
        let mut head = expr;
        while let Expr::Binary(op, _, operands) = head {
            let is_inner = self.arrays.spine.len() > base;
            if arith_ops(*op).is_none() || (is_inner && known_number(head).is_some()) {
                break;
            }
            self.arrays.spine.push(head)?;
            head = &operands[0];
        }
        let free = self.free;
        let saved = self.work_register(dest);
        self.free = saved;
        let mut left: Option<Reg> = None;
        while let Some(Expr::Binary(op, line, operands)) = self.arrays.pop_spine(base) {
            let is_last = self.arrays.spine.len() == base;
            let target = if is_last { Some(dest) } else { None };
            left = Some(self.arith_link(*op, *line, operands, left, saved, target)?);
        }
        self.free = free;
        Ok(())
    }

    /// One operator of a chain; `left` is the register of what is left of it, if that is a chain.
    fn arith_link(
        &mut self,
        op: BinaryOp,
        line: u32,
        operands: &'a [Expr<'a>; 2],
        left: Option<Reg>,
        saved: Reg,
        target: Option<Reg>,
    ) -> Result<Reg, CompileError> {
        let Some((plain, constant)) = arith_ops(op) else {
            return Err(self.too_large("operator out of place", line));
        };
        let right_known = known_number(&operands[1]);
        let left_known = if left.is_none() {
            known_number(&operands[0])
        } else {
            None
        };
        let is_commutative = matches!(op, BinaryOp::Add | BinaryOp::Mul);
        let instruction = if let Some(known) = right_known {
            let register = self.left_register(left, operands)?;
            self.arith_constant(op, constant, register, known, false)?
        } else if let (Some(known), true) = (left_known, is_commutative) {
            let register = self.expr_any(&operands[1])?;
            self.arith_constant(op, constant, register, known, true)?
        } else {
            let left = self.left_register(left, operands)?;
            let right = self.expr_any(&operands[1])?;
            Instruction::abc(plain, 0, left, right)
        };
        self.free = saved;
        let dest = self.target_or_next(target)?;
        self.emit(instruction.with_a(dest), line)?;
        Ok(dest)
    }

    fn left_register(
        &mut self,
        left: Option<Reg>,
        operands: &'a [Expr<'a>; 2],
    ) -> Result<Reg, CompileError> {
        match left {
            Some(register) => Ok(register),
            None => self.expr_any(&operands[0]),
        }
    }

    /// An operator with a constant operand; `c` is 1 where that was the left one.
    fn arith_constant(
        &mut self,
        op: BinaryOp,
        constant_op: Op,
        register: Reg,
        known: Known,
        is_swapped: bool,
    ) -> Result<Instruction, CompileError> {
        let swapped = u8::from(is_swapped);
        if let Known::Int(int) = known {
            let small = i32::try_from(int).ok();
            match (op, small) {
                (BinaryOp::Add, Some(int)) => {
                    return Ok(Instruction::abcd(Op::AddInt, 0, register, swapped, int));
                }
                (BinaryOp::Sub, Some(int)) => {
                    return Ok(Instruction::abcd(Op::SubInt, 0, register, swapped, int));
                }
                _ => {}
            }
        }
        let index = self.constant(match known {
            Known::Int(int) => Constant::Int(int),
            Known::Float(float) => Constant::Float(float),
        })?;
        Ok(Instruction::abcd(constant_op, 0, register, swapped, index))
    }

    /// `a .. b .. c`: all operands in registers one after the other.
    fn concat_to(&mut self, expr: &'a Expr<'a>, dest: Reg) -> Result<(), CompileError> {
        let free = self.free;
        let saved = self.work_register(dest);
        self.free = saved;
        let (mut rest, mut count, mut last_line) = (expr, 0usize, self.line);
        while let Expr::Binary(BinaryOp::Concat, line, operands) = rest {
            last_line = *line;
            self.expr_next(&operands[0])?;
            count += 1;
            rest = &operands[1];
        }
        self.expr_next(rest)?;
        // The rightmost operator is the first to be carried out.
        self.emit(
            Instruction::abc(Op::Concat, saved, count as u8 + 1, 0),
            last_line,
        )?;
        self.free = free;
        self.move_to(saved, dest)
    }

    /// A comparison as a boolean value.
    fn truth_to(&mut self, expr: &'a Expr<'a>, line: u32, dest: Reg) -> Result<(), CompileError> {
        let mut jumps = JumpList::EMPTY;
        let free = self.free;
        self.free = self.work_register(dest);
        self.jump_if(expr, true, line, &mut jumps)?;
        self.free = free;
        self.emit(Instruction::ad(Op::LoadFalseSkip, dest, 0), line)?;
        self.patch_here(jumps);
        self.emit(Instruction::ad(Op::LoadTrue, dest, 0), line)
            .map(drop)
    }

    /// A table constructor.
    fn table_to(&mut self, table: &'a Table<'a>, dest: Reg) -> Result<(), CompileError> {
        let saved = self.free;
        let register = self.work_register(dest);
        self.free = register;
        self.take(1)?;
        // A call at the end most likely gives one item; how many `...` are is known when they are
        // stored.
        let is_vararg = matches!(
            table.fields.last(),
            Some(Field::Positional(Expr::Vararg(_)))
        );
        let list = table
            .positional_count
            .saturating_sub(u32::from(table.is_open && is_vararg));
        let hash = table.keyed_count.min(SIZE_HINT_MAX);
        let code = if hash == 0 {
            0
        } else {
            hash.next_power_of_two().ilog2() as u8 + 1
        };
        let list = list.min(SIZE_HINT_MAX) as i32;
        let instruction = match self.template(table)? {
            Some(Template { first, size_code }) => {
                Instruction::abcd(Op::NewRecord, register, size_code, 0, first)
            }
            None => Instruction::abcd(Op::NewTable, register, code, 0, list),
        };
        self.emit(instruction, table.line)?;
        let mut stored = 0usize;
        let mut pending = 0usize;
        // Items lie just above the table.
        let items = self.free;
        for (index, field) in table.fields.iter().enumerate() {
            match field {
                Field::Keyed(line, key, value) => {
                    self.keyed_field(register, key, value, *line)?;
                }
                Field::Positional(value) => {
                    let is_last = index + 1 == table.fields.len();
                    if is_last && table.is_open {
                        self.multi_next(value)?;
                        let instruction =
                            Instruction::abcd(Op::SetList, register, 0, 0, stored as i32);
                        self.emit(instruction, table.end_line)?;
                        self.free = items;
                        pending = 0;
                        continue;
                    }
                    self.expr_next(value)?;
                    pending += 1;
                    if pending == ITEMS_PER_STORE {
                        self.store_items(register, &mut stored, &mut pending, self.line)?;
                        self.free = items;
                    }
                }
            }
        }
        self.store_items(register, &mut stored, &mut pending, table.end_line)?;
        self.free = saved;
        self.move_to(register, dest)
    }

    fn store_items(
        &mut self,
        table: Reg,
        stored: &mut usize,
        pending: &mut usize,
        line: u32,
    ) -> Result<(), CompileError> {
        if *pending == 0 {
            return Ok(());
        }
        let Ok(first) = i32::try_from(*stored) else {
            return Err(self.too_large("table constructor too long", line));
        };
        self.emit(
            Instruction::abcd(Op::SetList, table, *pending as u8, 0, first),
            line,
        )?;
        *stored += *pending;
        *pending = 0;
        Ok(())
    }

    fn keyed_field(
        &mut self,
        table: Reg,
        key: &'a Expr<'a>,
        value: &'a Expr<'a>,
        line: u32,
    ) -> Result<(), CompileError> {
        let saved = self.free;
        let place = self.place(table, key)?;
        let value = self.expr_any(value)?;
        self.store_at(place, value, line)?;
        self.free = saved;
        Ok(())
    }
}

/// Whether a value is there as soon as its instruction ran.
fn is_plain(expr: &Expr<'_>) -> bool {
    expr.is_literal() || matches!(expr, Expr::Local(..) | Expr::Upvalue(..))
}

/// The instructions of an arithmetic operator: with two registers, and with a constant.
fn arith_ops(op: BinaryOp) -> Option<(Op, Op)> {
    Some(match op {
        BinaryOp::Add => (Op::Add, Op::AddConst),
        BinaryOp::Sub => (Op::Sub, Op::SubConst),
        BinaryOp::Mul => (Op::Mul, Op::MulConst),
        BinaryOp::Mod => (Op::Mod, Op::ModConst),
        BinaryOp::Pow => (Op::Pow, Op::PowConst),
        BinaryOp::Div => (Op::Div, Op::DivConst),
        BinaryOp::IntDiv => (Op::IDiv, Op::IDivConst),
        BinaryOp::BitAnd => (Op::BAnd, Op::BAndConst),
        BinaryOp::BitOr => (Op::BOr, Op::BOrConst),
        BinaryOp::BitXor => (Op::BXor, Op::BXorConst),
        BinaryOp::ShiftLeft => (Op::Shl, Op::ShlConst),
        BinaryOp::ShiftRight => (Op::Shr, Op::ShrConst),
        _ => return None,
    })
}
