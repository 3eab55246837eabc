//! One function: its builder, its scopes, and its parts when it is done.

use core::cell::Cell;

use super::CompileError;
use super::emit::{JumpList, Reg, Straight};
use super::record::Template;
use crate::bytecode::{Instruction, Op};
use crate::memory::{Scratch, ScratchVec};
use crate::syntax::ast::{self, Expr, LocalVar};
use crate::value::{Constant, LocalPart, Proto, ProtoParts, ProtoRef, Texts, UpvalueSource};

/// What all functions of one compilation share.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) scratch: &'a Scratch<'a>,
    pub(super) source_name: &'a [u8],
    pub(super) texts: &'a Texts<'a>,
    pub(super) spare: &'a Spare<'a>,
}

/// How many functions leave their arrays to others: as many as one mostly finds inside each other.
const SPARE_COUNT: usize = 8;

/// Arrays of functions that are done, for those that follow: fresh memory takes longer to be
/// touched than code takes to be written to it.
#[derive(Default)]
pub(super) struct Spare<'a>([Cell<Option<Arrays<'a>>>; SPARE_COUNT]);

impl<'a> Spare<'a> {
    fn take(&self, scratch: &'a Scratch<'a>) -> Arrays<'a> {
        let left = self.0.iter().find_map(Cell::take);
        left.unwrap_or_else(|| Arrays::new_in(scratch))
    }

    fn put(&self, mut arrays: Arrays<'a>) {
        arrays.clear();
        let mut displaced = Some(arrays);
        for place in &self.0 {
            if displaced.is_none() {
                break;
            }
            displaced = place.replace(displaced);
        }
    }
}

/// What grows with a function while it is compiled.
pub(super) struct Arrays<'a> {
    pub(super) code: ScratchVec<'a, Instruction>,
    pub(super) lines: ScratchVec<'a, u32>,
    pub(super) constants: ScratchVec<'a, Constant<'a>>,
    pub(super) templates: ScratchVec<'a, Template>,
    protos: ScratchVec<'a, ProtoRef>,
    locals: ScratchVec<'a, LocalPart<'a>>,
    upvalues: ScratchVec<'a, UpvalueSource>,
    upvalue_names: ScratchVec<'a, &'a [u8]>,
    pub(super) active: ScratchVec<'a, Active<'a>>,
    pub(super) loops: ScratchVec<'a, Loop>,
    /// The left spines of the chains that are being compiled (W4), one above the other.
    pub(super) spine: ScratchVec<'a, &'a Expr<'a>>,
}

impl<'a> Arrays<'a> {
    fn new_in(scratch: &'a Scratch<'a>) -> Self {
        Self {
            code: ScratchVec::new_in(scratch),
            lines: ScratchVec::new_in(scratch),
            constants: ScratchVec::new_in(scratch),
            templates: ScratchVec::new_in(scratch),
            protos: ScratchVec::new_in(scratch),
            locals: ScratchVec::new_in(scratch),
            upvalues: ScratchVec::new_in(scratch),
            upvalue_names: ScratchVec::new_in(scratch),
            active: ScratchVec::new_in(scratch),
            loops: ScratchVec::new_in(scratch),
            spine: ScratchVec::new_in(scratch),
        }
    }

    fn clear(&mut self) {
        self.code.truncate(0);
        self.lines.truncate(0);
        self.constants.truncate(0);
        self.templates.truncate(0);
        self.protos.truncate(0);
        self.locals.truncate(0);
        self.upvalues.truncate(0);
        self.upvalue_names.truncate(0);
        self.active.truncate(0);
        self.loops.truncate(0);
        self.spine.truncate(0);
    }

    /// Takes the innermost link off the spine that starts at `base`.
    pub(super) fn pop_spine(&mut self, base: usize) -> Option<&'a Expr<'a>> {
        (self.spine.len() > base)
            .then(|| self.spine.pop())
            .flatten()
    }
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
    is_vararg: bool,
    pub(super) arrays: Arrays<'a>,
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
    let mut builder = Builder {
        context,
        id: function.id,
        needs_close: function.needs_close,
        is_vararg: function.is_vararg,
        arrays: context.spare.take(context.scratch),
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
        let Arrays {
            upvalues,
            upvalue_names,
            ..
        } = &mut self.arrays;
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
            code: Instruction::words(&self.arrays.code),
            lines: &self.arrays.lines,
            constants: &self.arrays.constants,
            protos: &self.arrays.protos,
            upvalues: &self.arrays.upvalues,
            upvalue_names: &self.arrays.upvalue_names,
            locals: &self.arrays.locals,
            source_name: self.context.source_name,
            line_defined: function.line_defined,
            last_line: function.last_line,
            param_count: function.params.len() as u8,
            is_vararg: function.is_vararg,
            register_count: self.register_count,
        };
        let proto = Proto::build(self.context.texts, &parts)?;
        self.context.spare.put(self.arrays);
        Ok(proto)
    }

    /// Compiles an inner function; returns its index.
    pub(super) fn inner(&mut self, function: &'a ast::Function<'a>) -> Result<i32, CompileError> {
        let proto = compile_function(self.context, function)?;
        self.arrays.protos.push(proto)?;
        Ok(self.arrays.protos.len() as i32 - 1)
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
        Ok(self.arrays.active.push(Active { local, debug })?)
    }

    /// Adds a name to the debug information, alive from here on; returns its entry.
    fn note_local(&mut self, name: &'a [u8], register: Reg) -> Result<u32, CompileError> {
        let start = self.here();
        self.arrays.locals.push(LocalPart {
            name,
            register,
            start,
            end: u32::MAX,
        })?;
        Ok(self.arrays.locals.len() as u32 - 1)
    }

    /// Notes the hidden registers of a loop, from `first` on, as PUC Lua names them.
    pub(super) fn note_loop_state(&mut self, first: Reg, count: u8) -> Result<u32, CompileError> {
        let entry = self.arrays.locals.len() as u32;
        for register in first..first + count {
            self.note_local(b"(for state)", register)?;
        }
        Ok(entry)
    }

    /// Ends the hidden variables that start at `entry`.
    pub(super) fn end_loop_state(&mut self, entry: u32, count: u8) {
        let here = self.here();
        for local in self
            .arrays
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
        while self.arrays.active.len() > count {
            let Some(active) = self.arrays.active.pop() else {
                break;
            };
            let entry = active
                .debug
                .and_then(|entry| self.arrays.locals.as_mut_slice().get_mut(entry as usize));
            if let Some(entry) = entry {
                entry.end = here;
            }
        }
    }

    /// Whether `register` holds no variable in scope.
    pub(super) fn is_temporary(&self, register: Reg) -> bool {
        let newest = self
            .arrays
            .active
            .iter()
            .rev()
            .find(|active| active.debug.is_some());
        newest.is_none_or(|active| u32::from(register) > active.local.note.get())
    }

    /// The lowest register that must be closed when control leaves to where `count` variables are
    /// in scope; loops are left if `loops_too`.
    fn close_level(&self, count: usize, loops_too: bool) -> Option<Reg> {
        let beyond = self.arrays.active.get(count..)?;
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
            .arrays
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
        self.needs_close || self.arrays.loops.iter().any(|left| left.closing.is_some())
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
            (1, _) if self.returns_near() => Instruction::ad(Op::Return1, first, 0),
            (count, needs_close) => {
                Instruction::abc(Op::Return, first, count as u8 + 1, u8::from(needs_close))
            }
        };
        self.emit(instruction, line)?;
        Ok(())
    }

    /// Whether one value can be returned to below the registers.
    pub(super) fn returns_near(&self) -> bool {
        !self.is_vararg && !self.return_closes()
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

#[cfg(all(test, not(lunette_stress)))]
mod tests {
    use crate::compile;
    use crate::memory::Scratch;
    use crate::syntax;
    use crate::value::ProgramMemory;

    #[test]
    fn functions_that_follow_each_other_are_compiled_in_the_room_of_one() {
        let function = format!(
            "do local function f() {} end end\n",
            "x = y + z ".repeat(50)
        );
        let source = function.repeat(1000);
        let added = Scratch::with_budget(256 << 20, |scratch| {
            let parsed = syntax::parse(scratch, source.as_bytes(), b"=test", &|| true);
            let main = parsed.expect("it can be parsed");
            let before = scratch.heap_bytes();
            let memory = ProgramMemory::new();
            compile::compile(scratch, main, b"=test", &memory).expect("it can be compiled");
            scratch.heap_bytes() - before
        });
        assert!(added < 64 << 10, "{added} bytes");
    }
}
