//! Branches and loops.

use super::CompileError;
use super::emit::JumpList;
use super::function::{Builder, Loop};
use crate::bytecode::{Instruction, Op};
use crate::syntax::ast::{
    Block, Expr, GenericFor, If, IfArm, LocalVar, NumericFor, Repeat, Stat, While,
};

impl<'a> Builder<'a> {
    pub(super) fn if_chain(&mut self, stat: &'a If<'a>) -> Result<(), CompileError> {
        let mut done = JumpList::EMPTY;
        for (index, arm) in stat.arms.iter().enumerate() {
            if self.break_if(arm)? {
                continue;
            }
            let mut next = JumpList::EMPTY;
            self.jump_if(&arm.condition, false, arm.line, &mut next)?;
            self.block(&arm.body)?;
            let is_last = index + 1 == stat.arms.len() && stat.otherwise.is_none();
            if !is_last {
                self.jump_always(&mut done, arm.body.end_line)?;
            }
            self.patch_here(next);
        }
        if let Some(block) = &stat.otherwise {
            self.block(block)?;
        }
        self.patch_here(done);
        Ok(())
    }

    /// `if condition then break end`: the condition itself jumps out of the loop, unless leaving it
    /// has something to close. Says whether this was such an arm.
    fn break_if(&mut self, arm: &'a IfArm<'a>) -> Result<bool, CompileError> {
        let ([Stat::Break(_)], Some(innermost)) =
            (arm.body.stats, self.arrays.loops.last().copied())
        else {
            return Ok(false);
        };
        if self.closes_on_the_way_to(innermost.active_count as usize) {
            return Ok(false);
        }
        let mut breaks = innermost.breaks;
        self.jump_if(&arm.condition, true, arm.line, &mut breaks)?;
        if let Some(innermost) = self.arrays.loops.as_mut_slice().last_mut() {
            innermost.breaks = breaks;
        }
        Ok(true)
    }

    fn open_loop(&mut self, closing: Option<u8>) -> Result<(), CompileError> {
        self.step_before_loop()?;
        let active_count = self.arrays.active.len() as u32;
        Ok(self.arrays.loops.push(Loop {
            breaks: JumpList::EMPTY,
            active_count,
            closing,
        })?)
    }

    /// Ends the innermost loop: its breaks lead here.
    fn end_loop(&mut self) {
        if let Some(ended) = self.arrays.loops.pop() {
            self.patch_here(ended.breaks);
        }
    }

    /// The condition comes after the body, so that a round costs one jump.
    pub(super) fn while_loop(&mut self, stat: &'a While<'a>) -> Result<(), CompileError> {
        self.open_loop(None)?;
        let is_endless = matches!(
            stat.condition,
            Expr::True(_) | Expr::Int(..) | Expr::Float(..) | Expr::Str(..)
        );
        let mut enter = JumpList::EMPTY;
        if !is_endless {
            self.jump_always(&mut enter, stat.line)?;
        }
        let start = self.jump_target();
        self.block(&stat.body)?;
        if is_endless {
            self.jump_to(start, Instruction::ad(Op::Jump, 0, 0), stat.body.end_line)?;
        } else {
            self.patch_here(enter);
            let first = self.jump_target();
            let mut again = JumpList::EMPTY;
            self.jump_if(&stat.condition, true, stat.line, &mut again)?;
            self.patch_to(again, start);
            // The jump to the condition has no line of its own.
            self.copy_line(first, start - 1);
        }
        self.end_loop();
        Ok(())
    }

    pub(super) fn repeat_loop(&mut self, stat: &'a Repeat<'a>) -> Result<(), CompileError> {
        self.open_loop(None)?;
        let start = self.jump_target();
        let (free, count) = (self.free, self.arrays.active.len());
        self.statements(&stat.body)?;
        let line = stat.body.end_line;
        if stat.body.needs_close() {
            // Both ways out of the condition close the body's variables.
            let mut done = JumpList::EMPTY;
            self.jump_if(&stat.condition, true, line, &mut done)?;
            self.emit_close(count, line)?;
            self.jump_to(start, Instruction::ad(Op::Jump, 0, 0), line)?;
            self.patch_here(done);
            self.emit_close(count, line)?;
        } else {
            let mut again = JumpList::EMPTY;
            self.jump_if(&stat.condition, false, line, &mut again)?;
            self.patch_to(again, start);
        }
        self.deactivate(count);
        self.free = free;
        self.end_loop();
        Ok(())
    }

    pub(super) fn numeric_for(&mut self, stat: &'a NumericFor<'a>) -> Result<(), CompileError> {
        let base = self.free;
        self.expr_next(&stat.start)?;
        self.expr_next(&stat.limit)?;
        match &stat.step {
            Some(step) => {
                self.expr_next(step)?;
            }
            None => {
                let register = self.take(1)?;
                self.emit(Instruction::ad(Op::LoadInt, register, 1), stat.limit_line)?;
            }
        }
        let state = self.note_loop_state(base, 3)?;
        self.open_loop(None)?;
        let prepare = self.emit(Instruction::ad(Op::ForPrep, base, 0), stat.do_line)?;
        let start = self.jump_target();
        self.loop_body(core::slice::from_ref(&stat.local), &stat.body)?;
        self.jump_to(start, Instruction::ad(Op::ForLoop, base, 0), stat.line)?;
        self.patch_one(prepare);
        self.end_loop_state(state, 3);
        self.end_loop();
        self.free = base;
        Ok(())
    }

    /// The variables of a loop, in new registers, and its body.
    fn loop_body(
        &mut self,
        locals: &'a [&'a LocalVar<'a>],
        body: &'a Block<'a>,
    ) -> Result<(), CompileError> {
        let count = self.arrays.active.len();
        let first = self.take(locals.len())?;
        for (index, local) in locals.iter().enumerate() {
            self.activate(local, first + index as u8)?;
        }
        self.block(body)?;
        self.emit_close(count, body.end_line)?;
        self.deactivate(count);
        self.free = first;
        Ok(())
    }

    pub(super) fn generic_for(&mut self, stat: &'a GenericFor<'a>) -> Result<(), CompileError> {
        let base = self.free;
        self.values_to_next(stat.values, 4, stat.values_line)?;
        // The call puts function and arguments above the state.
        self.touch(base as usize + 4 + stat.locals.len().max(3))?;
        let state = self.note_loop_state(base, 4)?;
        self.open_loop(Some(base + 3))?;
        let prepare = self.emit(Instruction::ad(Op::GenericPrep, base, 0), stat.do_line)?;
        let start = self.jump_target();
        self.loop_body(stat.locals, &stat.body)?;
        self.patch_one(prepare);
        let call = Instruction::abc(Op::GenericCall, base, 0, stat.locals.len() as u8);
        self.emit(call, stat.call_line)?;
        self.jump_to(
            start,
            Instruction::ad(Op::GenericLoop, base, 0),
            stat.call_line,
        )?;
        self.end_loop();
        self.emit(Instruction::ad(Op::Close, base + 3, 0), stat.end_line)?;
        self.end_loop_state(state, 4);
        self.free = base;
        Ok(())
    }
}
