//! One function: its builder, its scopes, and its parts when it is done.

use super::CompileError;
use super::emit::{JumpList, Reg, Straight};
use super::record::Template;
use crate::bytecode::{Instruction, Op};
use crate::memory::{Scratch, ScratchVec};
use crate::syntax::ast::{self, LocalVar};
use crate::value::{Constant, LocalPart, Proto, ProtoMemory, ProtoParts, ProtoRef, UpvalueSource};

/// What all functions of one compilation share.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) scratch: &'a Scratch<'a>,
    pub(super) source_name: &'a [u8],
    pub(super) memory: &'a dyn ProtoMemory,
}

/// A variable in scope.
#[derive(Clone, Copy)]
pub(super) struct Active<'a> {
    pub(super) local: &'a LocalVar<'a>,
    /// The entry in the debug information; none for compile-time constants.
    debug: Option<u32>,
}

/// A loop being compiled: where its `break`s go, and which variables they close.
#[derive(Clone, Copy)]
pub(super) struct Loop {
    pub(super) breaks: JumpList,
    /// How many variables are in scope around the loop.
    pub(super) active_count: u32,
    /// The hidden variable of a generic loop, which is closed when the loop is left.
    pub(super) closing: Option<Reg>,
}

/// The function being compiled.
pub(super) struct Builder<'a> {
    pub(super) context: Context<'a>,
    pub(super) id: u32,
    pub(super) needs_close: bool,
    pub(super) code: ScratchVec<'a, Instruction>,
    pub(super) lines: ScratchVec<'a, u32>,
    pub(super) constants: ScratchVec<'a, Constant<'a>>,
    pub(super) templates: ScratchVec<'a, Template>,
    protos: ScratchVec<'a, ProtoRef>,
    locals: ScratchVec<'a, LocalPart<'a>>,
    pub(super) active: ScratchVec<'a, Active<'a>>,
    pub(super) loops: ScratchVec<'a, Loop>,
    /// The first free register (W1).
    pub(super) free: Reg,
    pub(super) register_count: u8,
    /// The line of the last instruction, for code that has none of its own.
    pub(super) line: u32,
    /// Jumps may lead to instructions up to this index.
    pub(super) barrier: u32,
    pub(super) straight: Straight,
}

/// Compiles `function` and all inside it.
pub(super) fn compile_function<'a>(
    context: Context<'a>,
    function: &'a ast::Function<'a>,
) -> Result<ProtoRef, CompileError> {
    let scratch = context.scratch;
    let mut builder = Builder {
        context,
        id: function.id,
        needs_close: function.needs_close,
        code: ScratchVec::new_in(scratch),
        lines: ScratchVec::new_in(scratch),
        constants: ScratchVec::new_in(scratch),
        templates: ScratchVec::new_in(scratch),
        protos: ScratchVec::new_in(scratch),
        locals: ScratchVec::new_in(scratch),
        active: ScratchVec::new_in(scratch),
        loops: ScratchVec::new_in(scratch),
        free: 0,
        // A frame has at least two registers, as PUC Lua's have.
        register_count: 2,
        line: function.line_defined.max(1),
        barrier: 0,
        straight: Straight::default(),
    };
    builder.take(function.params.len())?;
    for (index, param) in function.params.iter().enumerate() {
        builder.activate(param, index as Reg)?;
    }
    builder.statements(&function.body)?;
    let last_line = if function.line_defined == 0 {
        function.body.end_line
    } else {
        function.last_line
    };
    builder.emit_return(0, 0, last_line)?;
    builder.deactivate(0);
    builder.finish(function)
}

impl<'a> Builder<'a> {
    fn finish(mut self, function: &'a ast::Function<'a>) -> Result<ProtoRef, CompileError> {
        self.thread_jumps();
        let scratch = self.context.scratch;
        let mut upvalues = ScratchVec::new_in(scratch);
        let mut upvalue_names = ScratchVec::new_in(scratch);
        for upvalue in function.upvalues {
            upvalues.push(match upvalue.source {
                // The environment of a main function is passed in, not found.
                ast::UpvalueSource::Local(_) if function.id == 0 => UpvalueSource {
                    from_register: true,
                    index: 0,
                },
                ast::UpvalueSource::Local(local) => UpvalueSource {
                    from_register: true,
                    index: local.note.get() as u8,
                },
                ast::UpvalueSource::Upvalue(index) => UpvalueSource {
                    from_register: false,
                    index,
                },
            })?;
            upvalue_names.push(upvalue.local.name.text)?;
        }
        let parts = ProtoParts {
            code: Instruction::words(&self.code),
            lines: &self.lines,
            constants: &self.constants,
            protos: &self.protos,
            upvalues: &upvalues,
            upvalue_names: &upvalue_names,
            locals: &self.locals,
            source_name: self.context.source_name,
            line_defined: function.line_defined,
            last_line: function.last_line,
            param_count: function.params.len() as u8,
            is_vararg: function.is_vararg,
            register_count: self.register_count,
        };
        Ok(Proto::build(self.context.memory, &parts)?)
    }

    /// Compiles an inner function; returns its index.
    pub(super) fn inner(&mut self, function: &'a ast::Function<'a>) -> Result<i32, CompileError> {
        let proto = compile_function(self.context, function)?;
        self.protos.push(proto)?;
        Ok(self.protos.len() as i32 - 1)
    }

    /// Brings a variable into scope, in `register`.
    pub(super) fn activate(
        &mut self,
        local: &'a LocalVar<'a>,
        register: Reg,
    ) -> Result<(), CompileError> {
        let debug = if local.constant.get().is_some() {
            None
        } else {
            local.note.set(register.into());
            Some(self.note_local(local.name.text, register)?)
        };
        Ok(self.active.push(Active { local, debug })?)
    }

    /// Adds a name to the debug information, alive from here on; returns its entry.
    fn note_local(&mut self, name: &'a [u8], register: Reg) -> Result<u32, CompileError> {
        let start = self.here();
        self.locals.push(LocalPart {
            name,
            register,
            start,
            end: u32::MAX,
        })?;
        Ok(self.locals.len() as u32 - 1)
    }

    /// Notes the hidden registers of a loop, from `first` on, as PUC Lua names them.
    pub(super) fn note_loop_state(&mut self, first: Reg, count: u8) -> Result<u32, CompileError> {
        let entry = self.locals.len() as u32;
        for register in first..first + count {
            self.note_local(b"(for state)", register)?;
        }
        Ok(entry)
    }

    /// Ends the hidden variables that start at `entry`.
    pub(super) fn end_loop_state(&mut self, entry: u32, count: u8) {
        let here = self.here();
        for local in self
            .locals
            .as_mut_slice()
            .iter_mut()
            .skip(entry as usize)
            .take(count as usize)
        {
            local.end = here;
        }
    }

    /// Takes all variables but the first `count` out of scope.
    pub(super) fn deactivate(&mut self, count: usize) {
        let here = self.here();
        while self.active.len() > count {
            let Some(active) = self.active.pop() else {
                break;
            };
            let entry = active
                .debug
                .and_then(|entry| self.locals.as_mut_slice().get_mut(entry as usize));
            if let Some(entry) = entry {
                entry.end = here;
            }
        }
    }

    /// Whether `register` holds no variable in scope.
    pub(super) fn is_temporary(&self, register: Reg) -> bool {
        let newest = self
            .active
            .iter()
            .rev()
            .find(|active| active.debug.is_some());
        newest.is_none_or(|active| u32::from(register) > active.local.note.get())
    }

    /// The lowest register that must be closed when control leaves to where `count` variables are
    /// in scope; loops are left if `loops_too`.
    fn close_level(&self, count: usize, loops_too: bool) -> Option<Reg> {
        let beyond = self.active.get(count..)?;
        let needs_close = |active: &&Active<'_>| {
            active.debug.is_some()
                && (active.local.captured.get() || active.local.attrib == ast::Attrib::Close)
        };
        let variable = beyond
            .iter()
            .find(needs_close)
            .map(|active| active.local.note.get() as Reg);
        let is_left = |left: &&Loop| left.active_count as usize >= count && loops_too;
        let hidden = self
            .loops
            .iter()
            .filter(is_left)
            .find_map(|left| left.closing);
        [variable, hidden].into_iter().flatten().min()
    }

    /// Closes the variables beyond the first `count`, at the end of their block or out of a loop.
    pub(super) fn emit_close(&mut self, count: usize, line: u32) -> Result<(), CompileError> {
        if let Some(level) = self.close_level(count, false) {
            self.emit(Instruction::ad(Op::Close, level, 0), line)?;
        }
        Ok(())
    }

    /// Whether leaving the variables beyond the first `count` closes some of them.
    pub(super) fn closes_on_the_way_to(&self, count: usize) -> bool {
        self.close_level(count, false).is_some()
    }

    /// Closes what a jump leaves that goes to where `count` variables are in scope.
    pub(super) fn emit_close_for_jump(
        &mut self,
        count: usize,
        line: u32,
    ) -> Result<(), CompileError> {
        if let Some(level) = self.close_level(count, true) {
            self.emit(Instruction::ad(Op::Close, level, 0), line)?;
        }
        Ok(())
    }

    /// Whether a return from here has something to close.
    pub(super) fn return_closes(&self) -> bool {
        self.needs_close || self.loops.iter().any(|left| left.closing.is_some())
    }

    /// Returns `count` values from `first` on.
    pub(super) fn emit_return(
        &mut self,
        first: Reg,
        count: usize,
        line: u32,
    ) -> Result<(), CompileError> {
        let instruction = match (count, self.return_closes()) {
            (0, false) => Instruction::ad(Op::Return0, 0, 0),
            (1, false) => Instruction::ad(Op::Return1, first, 0),
            (count, needs_close) => {
                Instruction::abc(Op::Return, first, count as u8 + 1, u8::from(needs_close))
            }
        };
        self.emit(instruction, line)?;
        Ok(())
    }

    /// Returns all values from `first` up to the top.
    pub(super) fn emit_return_open(&mut self, first: Reg, line: u32) -> Result<(), CompileError> {
        self.emit(
            Instruction::abc(Op::Return, first, 0, u8::from(self.return_closes())),
            line,
        )?;
        Ok(())
    }
}
