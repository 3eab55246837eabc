//! Statements, blocks and assignments.

use super::CompileError;
use super::constant::Name;
use super::emit::{JumpList, Reg};
use super::fold::{Known, known_number};
use super::function::{Active, Builder};
use crate::bytecode::{Instruction, Op};
use crate::memory::ScratchVec;
use crate::syntax::ast::{
    Assign, Attrib, Block, Env, Expr, FunctionStat, Goto, Label, LocalStat, LocalVar, Return, Stat,
};

/// Where a value can be stored.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Local(Reg),
    Upvalue(u8),
    Global {
        upvalue: u8,
        constant: u16,
        hash: u16,
    },
    Field {
        object: Reg,
        constant: u16,
        hash: u16,
    },
    LongField {
        object: Reg,
        constant: i32,
    },
    Int {
        object: Reg,
        key: u8,
    },
    Index {
        object: Reg,
        key: Reg,
    },
}

/// In a label's note: the label's place is known.
const IS_PLACED: u64 = 1 << 63;

impl<'a> Builder<'a> {
    /// A block with a scope of its own.
    pub(super) fn block(&mut self, block: &'a Block<'a>) -> Result<(), CompileError> {
        let (free, count) = (self.free, self.arrays.active.len());
        self.statements(block)?;
        if !ends_in_jump(block) {
            self.emit_close(count, block.end_line)?;
        }
        self.deactivate(count);
        self.free = free;
        Ok(())
    }

    /// The statements of a block, in the scope that is open.
    pub(super) fn statements(&mut self, block: &'a Block<'a>) -> Result<(), CompileError> {
        for (stat, line) in block.stats.iter().zip(block.lines) {
            // Constants and variables have no line of their own.
            self.line = *line;
            self.statement(stat)?;
        }
        Ok(())
    }

    fn statement(&mut self, stat: &'a Stat<'a>) -> Result<(), CompileError> {
        match stat {
            Stat::Call(call) => self.call_statement(call),
            Stat::Local(local) => self.local(local),
            Stat::LocalFunction(local, function) => {
                let register = self.take(1)?;
                self.activate(local, register)?;
                let index = self.inner(function)?;
                let closure = Instruction::ad(Op::Closure, register, index);
                self.emit(closure, function.last_line).map(drop)
            }
            Stat::Assign(assign) => self.assign(assign),
            Stat::Function(function) => self.function_statement(function),
            Stat::Do(block) => self.block(block),
            Stat::While(statement) => self.while_loop(statement),
            Stat::Repeat(statement) => self.repeat_loop(statement),
            Stat::If(statement) => self.if_chain(statement),
            Stat::NumericFor(statement) => self.numeric_for(statement),
            Stat::GenericFor(statement) => self.generic_for(statement),
            Stat::Return(statement) => self.return_values(statement),
            Stat::Break(line) => self.break_loop(*line),
            Stat::Goto(goto) => self.goto(goto),
            Stat::Label(label) => self.label(label),
        }
    }

    fn local(&mut self, stat: &'a LocalStat<'a>) -> Result<(), CompileError> {
        let is_constant = |local: &&LocalVar<'_>| local.constant.get().is_some();
        // Only the last variable can be a compile-time constant; its value needs no code then.
        let constant_count = stat
            .locals
            .iter()
            .filter(|local| is_constant(local))
            .count();
        let real_count = stat.locals.len() - constant_count;
        let value_count = stat.values.len().saturating_sub(constant_count);
        let first = self.free;
        let values = stat.values.get(..value_count).unwrap_or_default();
        self.values_to_next(values, real_count, stat.line)?;
        for (index, local) in stat.locals.iter().enumerate() {
            self.activate(local, (first as usize + index).min(250) as Reg)?;
        }
        if let Some(index) = stat.close_index {
            let close = Instruction::ad(Op::ToBeClosed, first + index, 0);
            self.emit(close, stat.line)?;
        }
        Ok(())
    }

    /// The values of a list to `count` new registers: missing ones are nil, others dropped.
    pub(super) fn values_to_next(
        &mut self,
        values: &'a [Expr<'a>],
        count: usize,
        line: u32,
    ) -> Result<(), CompileError> {
        let first = self.free;
        for (index, value) in values.iter().enumerate() {
            let is_last = index + 1 == values.len();
            if is_last && value.is_multi() && index < count {
                let want = count - index;
                self.multi(value, want as i32)?;
                self.take(want)?;
                return Ok(());
            }
            if index < count {
                self.expr_next(value)?;
            } else {
                // A value without a variable is computed for its effects.
                let saved = self.free;
                self.expr_next(value)?;
                self.free = saved;
            }
        }
        let missing = count.saturating_sub(values.len());
        if missing > 0 {
            let register = self.take(missing)?;
            self.load_nils(register, missing, line)?;
        }
        debug_assert_eq!(self.free as usize, first as usize + count);
        Ok(())
    }

    /// The place `object[key]` with the object in a register.
    pub(super) fn place(&mut self, object: Reg, key: &'a Expr<'a>) -> Result<Place, CompileError> {
        if let Expr::Str(_, symbol) = key {
            return Ok(match self.name(symbol)? {
                Name::Key(constant, hash) => Place::Field {
                    object,
                    constant,
                    hash,
                },
                Name::Long(constant) => Place::LongField { object, constant },
            });
        }
        if let Some(Known::Int(int @ 0..=255)) = known_number(key) {
            return Ok(Place::Int {
                object,
                key: int as u8,
            });
        }
        let key = self.expr_any(key)?;
        Ok(Place::Index { object, key })
    }

    /// The place that an assignment's target names; what it needs is computed now.
    fn target(&mut self, target: &'a Expr<'a>) -> Result<Place, CompileError> {
        match target {
            Expr::Local(_, local) => Ok(Place::Local(local.note.get() as Reg)),
            Expr::Upvalue(_, index, _) => Ok(Place::Upvalue(*index)),
            Expr::Global(_, global) => {
                let name = self.name(global.name)?;
                if let (Env::Upvalue(upvalue, _), Name::Key(constant, hash)) = (&global.env, &name)
                {
                    let (constant, hash) = (*constant, *hash);
                    return Ok(Place::Global {
                        upvalue: *upvalue,
                        constant,
                        hash,
                    });
                }
                let object = self.env_any(&global.env)?;
                Ok(match name {
                    Name::Key(constant, hash) => Place::Field {
                        object,
                        constant,
                        hash,
                    },
                    Name::Long(constant) => Place::LongField { object, constant },
                })
            }
            Expr::Index(_, index) => {
                let object = self.expr_any(&index.object)?;
                self.place(object, &index.key)
            }
            _ => Err(self.too_large("cannot assign", self.line)),
        }
    }

    /// Stores the value of a register.
    pub(super) fn store_at(
        &mut self,
        place: Place,
        value: Reg,
        line: u32,
    ) -> Result<(), CompileError> {
        let instruction = match place {
            Place::Local(register) if register == value => return Ok(()),
            Place::Local(register) => Instruction::abc(Op::Move, register, value, 0),
            Place::Upvalue(index) => Instruction::abc(Op::SetUpvalue, value, index, 0),
            Place::Global {
                upvalue,
                constant,
                hash,
            } => Instruction::key(Op::SetGlobal, value, upvalue, constant, hash),
            Place::Field {
                object,
                constant,
                hash,
            } => Instruction::key(Op::SetField, object, value, constant, hash),
            Place::LongField { object, constant } => {
                Instruction::abcd(Op::SetFieldLong, object, value, 0, constant)
            }
            Place::Int { object, key } => Instruction::abc(Op::SetInt, object, value, key),
            Place::Index { object, key } => Instruction::abc(Op::SetIndex, object, key, value),
        };
        self.emit(instruction, line).map(drop)
    }

    fn assign(&mut self, assign: &'a Assign<'a>) -> Result<(), CompileError> {
        let saved = self.free;
        if let ([target], [value]) = (assign.targets, assign.values) {
            let place = self.target(target)?;
            if let Place::Local(register) = place {
                self.expr_to(value, register)?;
            } else {
                let value = self.expr_any(value)?;
                self.store_at(place, value, assign.line)?;
            }
            self.free = saved;
            return Ok(());
        }
        let mut places = ScratchVec::new_in(self.context.scratch);
        for target in assign.targets {
            let place = self.target(target)?;
            let place = self.guard_place(place, assign)?;
            places.push(place)?;
        }
        let first = self.free;
        let count = places.len();
        match assign.values.split_last() {
            Some((last, init)) if count == assign.values.len() && !last.is_multi() => {
                let mut is_stored = ScratchVec::new_in(self.context.scratch);
                for (index, value) in init.iter().enumerate() {
                    let rest = assign.values.get(index + 1..).unwrap_or_default();
                    let direct = can_store_at_once(assign.targets, index, rest);
                    match places.as_slice().get(index) {
                        Some(Place::Local(register)) if direct => self.expr_to(value, *register)?,
                        _ => drop(self.expr_next(value)?),
                    }
                    is_stored.push(direct)?;
                }
                // The last value is computed when all others are, so it may go where it belongs.
                match places.as_slice().last() {
                    Some(Place::Local(register)) => self.expr_to(last, *register)?,
                    Some(place) => {
                        let value = self.expr_any(last)?;
                        self.store_at(*place, value, assign.line)?;
                    }
                    None => {}
                }
                let mut value = first as usize;
                value += is_stored.iter().filter(|stored| !**stored).count();
                for (place, stored) in places.iter().zip(is_stored.iter()).rev() {
                    if !stored {
                        value -= 1;
                        self.store_at(*place, value as Reg, assign.line)?;
                    }
                }
            }
            _ => {
                self.values_to_next(assign.values, count, assign.line)?;
                for (index, place) in places.iter().enumerate().rev() {
                    self.store_at(*place, first + index as Reg, assign.line)?;
                }
            }
        }
        self.free = saved;
        Ok(())
    }

    /// Copies the variables that a place uses and that the same assignment changes.
    fn guard_place(&mut self, place: Place, assign: &'a Assign<'a>) -> Result<Place, CompileError> {
        Ok(match place {
            Place::Field {
                object,
                constant,
                hash,
            } => {
                let object = self.guard(object, assign)?;
                Place::Field {
                    object,
                    constant,
                    hash,
                }
            }
            Place::LongField { object, constant } => Place::LongField {
                object: self.guard(object, assign)?,
                constant,
            },
            Place::Int { object, key } => Place::Int {
                object: self.guard(object, assign)?,
                key,
            },
            Place::Index { object, key } => Place::Index {
                object: self.guard(object, assign)?,
                key: self.guard(key, assign)?,
            },
            place => place,
        })
    }

    fn guard(&mut self, register: Reg, assign: &'a Assign<'a>) -> Result<Reg, CompileError> {
        let is_changed = assign.targets.iter().any(|target| {
            matches!(target, Expr::Local(_, local) if local.note.get() == u32::from(register))
        });
        if !is_changed {
            return Ok(register);
        }
        let copy = self.take(1)?;
        self.move_to(register, copy)?;
        Ok(copy)
    }

    fn function_statement(&mut self, stat: &'a FunctionStat<'a>) -> Result<(), CompileError> {
        let saved = self.free;
        let place = self.target(&stat.target)?;
        let index = self.inner(stat.function)?;
        let register = self.take(1)?;
        let closure = Instruction::ad(Op::Closure, register, index);
        self.emit(closure, stat.function.last_line)?;
        self.store_at(place, register, stat.line)?;
        self.free = saved;
        Ok(())
    }

    fn return_values(&mut self, stat: &'a Return<'a>) -> Result<(), CompileError> {
        let saved = self.free;
        match stat.values {
            [] => self.emit_return(0, 0, stat.line)?,
            [value] if stat.is_tail_call && !self.loop_closes() => self.tail_call(value)?,
            [Expr::Upvalue(line, index, _)] if *line == stat.line && self.returns_near() => {
                let register = self.take(1)?;
                let instruction = Instruction::abc(Op::ReturnUpvalue, register, *index, 0);
                self.emit(instruction, stat.line)?;
            }
            [value] if !value.is_multi() => {
                let register = self.expr_any(value)?;
                self.emit_return(register, 1, stat.line)?;
            }
            values if let Some(first) = self.row(values, stat.line) => {
                self.emit_return(first, values.len(), stat.line)?;
            }
            values => {
                let is_open = values.last().is_some_and(Expr::is_multi);
                let Some((last, init)) = values.split_last() else {
                    return Ok(());
                };
                for value in init {
                    self.expr_next(value)?;
                }
                if is_open {
                    self.multi_next(last)?;
                    self.emit_return_open(saved, stat.line)?;
                } else {
                    self.expr_next(last)?;
                    self.emit_return(saved, values.len(), stat.line)?;
                }
            }
        }
        self.free = saved;
        Ok(())
    }

    /// The first of the registers that follow each other in which all `values` are already:
    /// variables in the order of their declarations. Hooks would miss the instructions that move
    /// them if these were on other lines than `line`, and `__close` could change variables that
    /// were already evaluated.
    fn row(&self, values: &[Expr<'a>], line: u32) -> Option<Reg> {
        let is_closed = |active: &Active<'_>| active.local.attrib == Attrib::Close;
        if self.loop_closes() || self.arrays.active.iter().any(is_closed) {
            return None;
        }
        let register = |value: &Expr<'a>| match value {
            Expr::Local(at, local) if *at == line => u8::try_from(local.note.get()).ok(),
            _ => None,
        };
        let first = register(values.first()?)?;
        let follows = |(value, wanted)| register(value) == Some(wanted);
        values.iter().zip(first..).all(follows).then_some(first)
    }

    /// Whether a generic loop around here has a value to close.
    fn loop_closes(&self) -> bool {
        self.arrays
            .loops
            .iter()
            .any(|around| around.closing.is_some())
    }

    fn break_loop(&mut self, line: u32) -> Result<(), CompileError> {
        let Some(innermost) = self.arrays.loops.last().copied() else {
            return Err(self.too_large("break outside a loop", line));
        };
        self.emit_close(innermost.active_count as usize, line)?;
        let mut breaks = innermost.breaks;
        self.jump_always(&mut breaks, line)?;
        if let Some(innermost) = self.arrays.loops.as_mut_slice().last_mut() {
            innermost.breaks = breaks;
        }
        Ok(())
    }

    fn goto(&mut self, goto: &'a Goto<'a>) -> Result<(), CompileError> {
        let Some(label) = goto.label() else {
            return Err(self.too_large("no visible label", goto.line));
        };
        self.emit_close_for_jump(label.local_count as usize, goto.line)?;
        let note = label.note.get();
        if note & IS_PLACED != 0 {
            let target = (note & !IS_PLACED) as u32;
            return self.jump_to(target, Instruction::ad(Op::Jump, 0, 0), goto.line);
        }
        let mut jumps = JumpList::from_note(note);
        self.jump_always(&mut jumps, goto.line)?;
        label.note.set(jumps.to_note());
        Ok(())
    }

    fn label(&mut self, label: &'a Label<'a>) -> Result<(), CompileError> {
        // A jump back from within the block leaves later variables behind: their slots are used
        // anew, so a label only needs its place.
        self.patch_here(JumpList::from_note(label.note.get()));
        label.note.set(IS_PLACED | u64::from(self.jump_target()));
        Ok(())
    }
}

/// Whether the value of the target `index` may be stored before the values `rest` are computed: the
/// target is a local variable that nobody else can see, and no other target or value uses it.
fn can_store_at_once(targets: &[Expr<'_>], index: usize, rest: &[Expr<'_>]) -> bool {
    let Some(Expr::Local(_, local)) = targets.get(index) else {
        return false;
    };
    let others = targets.iter().enumerate().filter(|(at, _)| *at != index);
    !local.captured.get()
        && !others
            .map(|(_, other)| other)
            .any(|other| may_use(other, local, USE_DEPTH_MAX))
        && !rest
            .iter()
            .any(|value| may_use(value, local, USE_DEPTH_MAX))
}

/// How deep [`may_use`] looks into an expression.
const USE_DEPTH_MAX: u32 = 4;

/// Whether the expression uses the variable, or is too deep or too rich to tell.
fn may_use(expr: &Expr<'_>, local: &LocalVar<'_>, depth: u32) -> bool {
    match expr {
        Expr::Local(_, other) => other.id == local.id && other.function_id == local.function_id,
        Expr::Upvalue(..) => false,
        Expr::Binary(_, _, [left, right]) if depth > 0 => {
            may_use(left, local, depth - 1) || may_use(right, local, depth - 1)
        }
        Expr::Unary(_, _, operand) | Expr::Paren(operand) if depth > 0 => {
            may_use(operand, local, depth - 1)
        }
        Expr::Index(_, index) if depth > 0 => {
            may_use(&index.object, local, depth - 1) || may_use(&index.key, local, depth - 1)
        }
        _ => !expr.is_literal(),
    }
}

/// Whether control never reaches the end of the block.
fn ends_in_jump(block: &Block<'_>) -> bool {
    matches!(block.stats.last(), Some(Stat::Return(_) | Stat::Break(_)))
}
