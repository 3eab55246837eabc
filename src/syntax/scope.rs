//! Scopes: which variable a name means, which label a `goto` means, and the limits of both.
//!
//! - **R1** A symbol's `binding` is its innermost variable in scope, over all open functions;
//!   `shadowed` chains to what it was before. Declaring and leaving keep this, so looking a name
//!   up takes no search.
//! - **R2** `active` holds the variables of all open functions, innermost last; those declared
//!   but not yet in scope are at the end, and have no binding.
#![forbid(unsafe_code)]

use core::cell::{Cell, RefCell};

use super::ast::{
    Attrib, Block, Env, Expr, Global, Goto, Label, LocalVar, Stat, Symbol, Upvalue, UpvalueSource,
};
use super::error::Parsed;
use super::expression::settle;
use super::message::Message;
use super::parser::{Parser, take};
use super::{LOCALS_MAX, Line, UPVALUES_MAX};
use crate::memory::{AllocError, Scratch, ScratchVec};

/// A function whose end has not been read.
pub(super) struct FunctionScope<'a> {
    pub(super) parent: Option<&'a FunctionScope<'a>>,
    pub(super) id: u32,
    pub(super) depth: u32,
    pub(super) line: Line,
    pub(super) is_vararg: Cell<bool>,
    pub(super) needs_close: Cell<bool>,
    pub(super) child_count: Cell<u32>,
    /// Height of the stack of active variables where the function begins.
    pub(super) active_base: usize,
    /// Height of the stack of labels where the function begins.
    pub(super) label_base: usize,
    pub(super) locals: RefCell<ScratchVec<'a, &'a LocalVar<'a>>>,
    pub(super) upvalues: RefCell<ScratchVec<'a, Upvalue<'a>>>,
}

impl<'a> FunctionScope<'a> {
    /// What stands around a main function: the scope of its `_ENV`.
    pub(super) fn outermost(scratch: &'a Scratch<'_>) -> Self {
        Self {
            parent: None,
            id: u32::MAX,
            depth: 0,
            line: 0,
            is_vararg: Cell::new(false),
            needs_close: Cell::new(false),
            child_count: Cell::new(0),
            active_base: 0,
            label_base: 0,
            locals: RefCell::new(ScratchVec::new_in(scratch)),
            upvalues: RefCell::new(ScratchVec::new_in(scratch)),
        }
    }

    // No borrow of the two lists outlives one of these.

    fn push_local(&self, local: &'a LocalVar<'a>) -> Result<(), AllocError> {
        self.locals.borrow_mut().push(local)
    }

    fn upvalue_count(&self) -> usize {
        self.upvalues.borrow().len()
    }

    pub(super) fn push_upvalue(&self, upvalue: Upvalue<'a>) -> Result<(), AllocError> {
        self.upvalues.borrow_mut().push(upvalue)
    }

    fn find_upvalue(&self, local: &'a LocalVar<'a>) -> Option<u8> {
        let upvalues = self.upvalues.borrow();
        let mut upvalues = upvalues.iter();
        let index = upvalues.position(|upvalue| core::ptr::eq(upvalue.local, local));
        index.and_then(|index| u8::try_from(index).ok())
    }
}

/// A block whose end has not been read.
#[derive(Clone, Copy, Default)]
pub(super) struct BlockScope {
    /// Heights of the stacks where the block begins.
    active_base: usize,
    label_base: usize,
    jump_base: usize,
    /// Variables of the function, declared up to now, those hidden in loops included.
    slots: u32,
    /// It is in a loop of this function.
    pub(super) is_in_loop: bool,
    /// It is in the scope of a variable that is to be closed.
    pub(super) is_in_close: bool,
}

/// A `goto` or a `break` whose target has not been read.
#[derive(Clone, Copy)]
pub(super) struct PendingJump<'a> {
    /// None for a `break`.
    goto: Option<&'a Goto<'a>>,
    line: Line,
    /// Height of the stack of active variables where it stands, or around the blocks that have
    /// ended since.
    active_count: usize,
}

impl<'a> Parser<'a, '_> {
    // --- Blocks --------------------------------------------------------------------------------

    /// Opens a block and returns the one around it, for [`Self::leave_block`].
    pub(super) fn enter_block(&mut self, is_loop: bool) -> BlockScope {
        let outer = self.block;
        self.block = BlockScope {
            active_base: self.active.len(),
            label_base: self.labels.len(),
            jump_base: self.jumps.len(),
            slots: outer.slots,
            is_in_loop: outer.is_in_loop || is_loop,
            is_in_close: outer.is_in_close,
        };
        outer
    }

    /// Opens the outermost block of a function.
    pub(super) fn enter_function_block(&mut self) -> BlockScope {
        let outer = self.enter_block(false);
        self.block.slots = 0;
        self.block.is_in_loop = false;
        self.block.is_in_close = false;
        outer
    }

    /// Ends a block: its variables and labels go out of scope, its statements, from height
    /// `stat_base` on, become its list.
    pub(super) fn leave_block(&mut self, outer: BlockScope, stat_base: usize) -> Parsed<Block<'a>> {
        let base = self.block.active_base;
        let mut has_captured = false;
        let mut has_close = false;
        for local in self.active.get(base..).unwrap_or_default().iter().rev() {
            local.name.binding.set(local.shadowed.get());
            has_captured |= local.captured.get();
            has_close |= local.attrib == Attrib::Close;
        }
        if has_captured || has_close {
            self.function.needs_close.set(true);
        }
        let scratch = self.lexer.scratch;
        let locals = take(scratch, &mut self.active, base);
        let locals = self.check(locals)?;
        self.labels.truncate(self.block.label_base);
        for jump in self.jumps.iter_mut().skip(self.block.jump_base) {
            jump.active_count = jump.active_count.min(base);
        }
        self.block = outer;
        let stats = take(scratch, &mut self.stats, stat_base);
        let lines = take(scratch, &mut self.stat_lines, stat_base);
        Ok(Block {
            stats: self.check(stats)?,
            lines: self.check(lines)?,
            locals,
            has_captured,
            has_close,
            end_line: self.last_line,
        })
    }

    /// Complains about the first jump of the function that has found no target; to be called
    /// before its outermost block is left.
    pub(super) fn check_jumps(&mut self) -> Parsed<()> {
        let Some(&jump) = self.jumps.get(self.block.jump_base) else {
            return Ok(());
        };
        let line = jump.line;
        self.semantic_error(match jump.goto {
            Some(goto) => {
                let name = goto.name.text;
                Message::NoVisibleLabel { name, line }
            }
            None => Message::BreakOutsideLoop(line),
        })
    }

    // --- Variables -----------------------------------------------------------------------------

    /// Reserves a place for one more variable of the function.
    pub(super) fn reserve_local(&mut self) -> Parsed<()> {
        self.block.slots += 1;
        if self.block.slots > LOCALS_MAX {
            return self.syntax_error(Message::TooManyLocals(self.function.line));
        }
        Ok(())
    }

    /// Declares a variable that is not yet in scope; its place is reserved already.
    pub(super) fn declare(
        &mut self,
        name: &'a Symbol<'a>,
        attrib: Attrib,
        line: Line,
    ) -> Parsed<&'a LocalVar<'a>> {
        let function = self.function;
        let local = self.node(LocalVar {
            name,
            attrib,
            id: function.locals.borrow().len() as u32,
            function_id: function.id,
            line,
            captured: Cell::new(false),
            assigned: Cell::new(false),
            constant: Cell::new(None),
            note: Cell::new(0),
            depth: function.depth,
            shadowed: Cell::new(None),
            last_use: Cell::new((u32::MAX, 0)),
        })?;
        let pushed = function.push_local(local);
        self.check(pushed)?;
        let pushed = self.active.push(local);
        self.check(pushed)?;
        Ok(local)
    }

    /// Brings the variables declared since `base` into scope.
    pub(super) fn activate(&mut self, base: usize) {
        for local in self.active.iter().skip(base) {
            local.shadowed.set(local.name.binding.get());
            local.name.binding.set(Some(local));
        }
    }

    /// Reserves and declares a variable, and brings it into scope.
    pub(super) fn declare_active(
        &mut self,
        name: &'a Symbol<'a>,
        line: Line,
    ) -> Parsed<&'a LocalVar<'a>> {
        self.reserve_local()?;
        let base = self.active.len();
        let local = self.declare(name, Attrib::Regular, line)?;
        self.activate(base);
        Ok(local)
    }

    /// What a name means, if it is in scope as a variable.
    #[inline]
    fn resolve(&mut self, name: &'a Symbol<'a>, line: Line) -> Parsed<Option<Expr<'a>>> {
        let Some(local) = name.binding.get() else {
            return Ok(None);
        };
        if let Some(constant) = local.constant.get() {
            return Ok(Some(settle(constant, line)));
        }
        if local.depth == self.function.depth {
            return Ok(Some(Expr::Local(line, local)));
        }
        let index = self.upvalue(self.function, local)?;
        Ok(Some(Expr::Upvalue(line, index, local)))
    }

    /// A name as an expression, read up to the current token.
    #[inline]
    pub(super) fn variable(&mut self, name: &'a Symbol<'a>, line: Line) -> Parsed<Expr<'a>> {
        if let Some(expr) = self.resolve(name, line)? {
            return Ok(expr);
        }
        if let Some(global) = name.last_global.get()
            && self.is_same_env(global)
        {
            return Ok(Expr::Global(line, global));
        }
        let env = match self.resolve(self.env_name, line)? {
            Some(Expr::Local(_, local)) => Env::Local(local),
            Some(Expr::Upvalue(_, index, local)) => Env::Upvalue(index, local),
            Some(constant) => Env::Constant(constant),
            None => Env::Constant(Expr::Nil(line)),
        };
        let global = self.node(Global {
            env,
            name,
            function_id: self.function.id,
        })?;
        name.last_global.set(Some(global));
        Ok(Expr::Global(line, global))
    }

    /// True if a global variable of this function would have the same environment here.
    fn is_same_env(&self, global: &Global<'a>) -> bool {
        let (Env::Local(env) | Env::Upvalue(_, env)) = global.env else {
            return false;
        };
        let binding = self.env_name.binding.get();
        global.function_id == self.function.id
            && binding.is_some_and(|local| core::ptr::eq(local, env))
    }

    /// The index of `local`, a variable of some enclosing function, among the upvalues of
    /// `function`; it becomes one there and in the functions between if it was none.
    fn upvalue(&mut self, function: &'a FunctionScope<'a>, local: &'a LocalVar<'a>) -> Parsed<u8> {
        let (last_function, last_index) = local.last_use.get();
        if last_function == function.id {
            return Ok(last_index);
        }
        if let Some(index) = function.find_upvalue(local) {
            local.last_use.set((function.id, index));
            return Ok(index);
        }
        let source = match function.parent {
            Some(parent) if parent.depth != local.depth => {
                UpvalueSource::Upvalue(self.upvalue(parent, local)?)
            }
            _ => UpvalueSource::Local(local),
        };
        let count = function.upvalue_count();
        let index = match u8::try_from(count) {
            Ok(index) if count < UPVALUES_MAX => index,
            _ => return self.syntax_error(Message::TooManyUpvalues(function.line)),
        };
        let pushed = function.push_upvalue(Upvalue { local, source });
        self.check(pushed)?;
        local.captured.set(true);
        local.last_use.set((function.id, index));
        Ok(index)
    }

    /// Notes an assignment, which must not be to a constant.
    pub(super) fn check_assignable(&mut self, target: Expr<'a>) -> Parsed<()> {
        let (Expr::Local(_, local) | Expr::Upvalue(_, _, local)) = target else {
            return Ok(());
        };
        if local.attrib != Attrib::Regular {
            return self.semantic_error(Message::AssignToConst(local.name.text));
        }
        local.assigned.set(true);
        Ok(())
    }

    // --- Jumps ---------------------------------------------------------------------------------

    /// How many variables of the function are active at this height of the stack.
    fn local_count(&self, active_count: usize) -> u32 {
        active_count.saturating_sub(self.function.active_base) as u32
    }

    fn find_label(&self, name: &'a Symbol<'a>) -> Option<&'a Label<'a>> {
        let labels = self.labels.get(self.function.label_base..);
        let mut labels = labels.unwrap_or_default().iter();
        labels
            .find(|label| core::ptr::eq(label.name, name))
            .copied()
    }

    /// A `break` on `line`.
    pub(super) fn break_stat(&mut self, line: Line) -> Parsed<Stat<'a>> {
        if !self.block.is_in_loop {
            self.push_jump(None, line)?;
        }
        Ok(Stat::Break(line))
    }

    fn push_jump(&mut self, goto: Option<&'a Goto<'a>>, line: Line) -> Parsed<()> {
        let active_count = self.active.len();
        let pushed = self.jumps.push(PendingJump {
            goto,
            line,
            active_count,
        });
        self.check(pushed)
    }

    /// A `goto`, back to a label that is in scope or on to one that is still to come.
    pub(super) fn goto_stat(&mut self, name: &'a Symbol<'a>, line: Line) -> Parsed<Stat<'a>> {
        let label = self.find_label(name);
        let goto = self.node(Goto {
            name,
            line,
            local_count: self.local_count(self.active.len()),
            target: Cell::new(label),
        })?;
        match label {
            Some(label) => {
                label.used.set(true);
                label.used_backwards.set(true);
            }
            None => self.push_jump(Some(goto), line)?,
        }
        Ok(Stat::Goto(goto))
    }

    /// A label; `is_last` says that nothing but void statements follow in its block.
    pub(super) fn label_stat(
        &mut self,
        name: &'a Symbol<'a>,
        line: Line,
        is_last: bool,
    ) -> Parsed<Stat<'a>> {
        if let Some(earlier) = self.find_label(name) {
            let (name, line) = (name.text, earlier.line);
            return self.semantic_error(Message::LabelDefined { name, line });
        }
        let active_count = match is_last {
            true => self.block.active_base,
            false => self.active.len(),
        };
        let label = self.node(Label {
            name,
            line,
            local_count: self.local_count(active_count),
            used: Cell::new(false),
            used_backwards: Cell::new(false),
            note: Cell::new(0),
        })?;
        let pushed = self.labels.push(label);
        self.check(pushed)?;
        self.solve_jumps(label, active_count)?;
        Ok(Stat::Label(label))
    }

    /// Gives a new label to the pending jumps of its block that want it.
    fn solve_jumps(&mut self, label: &'a Label<'a>, active_count: usize) -> Parsed<()> {
        let mut kept = self.block.jump_base;
        for index in self.block.jump_base..self.jumps.len() {
            let Some(&jump) = self.jumps.get(index) else {
                break;
            };
            match jump.goto {
                Some(goto) if core::ptr::eq(goto.name, label.name) => {
                    if jump.active_count < active_count {
                        return self.jump_into_scope(goto, jump);
                    }
                    goto.target.set(Some(label));
                    label.used.set(true);
                }
                _ => {
                    if let Some(slot) = self.jumps.get_mut(kept) {
                        *slot = jump;
                    }
                    kept += 1;
                }
            }
        }
        self.jumps.truncate(kept);
        Ok(())
    }

    #[cold]
    fn jump_into_scope(&mut self, goto: &'a Goto<'a>, jump: PendingJump<'a>) -> Parsed<()> {
        let entered = self.active.get(jump.active_count);
        let local = entered.map_or(&b"?"[..], |local| local.name.text);
        let (name, line) = (goto.name.text, jump.line);
        self.semantic_error(Message::JumpIntoScope { name, line, local })
    }
}
