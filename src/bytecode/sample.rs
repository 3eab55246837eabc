//! Functions put together by hand, for tests.
#![forbid(unsafe_code)]

use super::Instruction;
use crate::memory::Scratch;
use crate::value::{
    Constant, LocalPart, ProgramImage, ProgramMemory, Proto, ProtoParts, ProtoRef, Texts,
    UpvalueSource,
};

/// A function with five registers, one of them a parameter, and an upvalue `_ENV`.
pub(crate) struct Sample<'s> {
    pub(crate) code: &'s [Instruction],
    pub(crate) constants: &'s [Constant<'s>],
    pub(crate) locals: &'s [LocalPart<'s>],
    pub(crate) upvalue_names: &'s [&'s [u8]],
    pub(crate) is_vararg: bool,
}

impl Default for Sample<'_> {
    fn default() -> Self {
        Self {
            code: &[],
            constants: &[],
            locals: &[],
            upvalue_names: &[b"_ENV"],
            is_vararg: false,
        }
    }
}

impl Sample<'_> {
    /// The function, in memory of its own.
    pub(crate) fn build(&self) -> ProgramImage {
        let memory = ProgramMemory::new();
        let main = self.build_in(&memory, &[]);
        memory.finish(main)
    }

    /// The function with others inside it.
    pub(crate) fn build_in(&self, memory: &ProgramMemory, protos: &[ProtoRef]) -> ProtoRef {
        let lines: Vec<u32> = (1..).take(self.code.len()).collect();
        let source = UpvalueSource {
            from_register: false,
            index: 0,
        };
        let parts = ProtoParts {
            code: Instruction::words(self.code),
            lines: &lines,
            constants: self.constants,
            protos,
            upvalues: &vec![source; self.upvalue_names.len()],
            upvalue_names: self.upvalue_names,
            locals: self.locals,
            source_name: b"@sample.lua",
            line_defined: 0,
            last_line: 9,
            param_count: 1,
            is_vararg: self.is_vararg,
            register_count: 5,
        };
        Scratch::with_budget(usize::MAX, |scratch| {
            Proto::build(&Texts::new_in(scratch, memory), &parts)
                .expect("the global allocator has room")
        })
    }
}
