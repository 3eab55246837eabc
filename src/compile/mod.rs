//! Floor 6: the compiler. A resolved tree goes in, a `Proto` comes out.
//!
//! - **W1** Registers of a function are a stack: variables in scope from 0 up, temporaries above
//!   them. `free` is the first unused one; a statement leaves it as it found it.
//! - **W2** An expression is compiled *to* a register that its caller chose, or into *any*
//!   register, which for a variable is its own.
//! - **W3** A jump whose target is not known yet links to the one before it through its `d`.
//! - **W4** Nothing here recurses deeper than the parser did, but along the left spine of chains
//!   of operators, which is walked by a loop.
//! - **W5** No more than about a thousand instructions run one after the other without a back-edge
//!   or a call: a `Step` stands between them, and also behind what a jump leads over if a `Step`
//!   is in there. Where many loops begin inside each other, it stands in front of one.
//!
//! Absent on purpose: names and their scopes, which the parser has resolved.
#![forbid(unsafe_code)]

mod call;
mod condition;
mod constant;
mod control;
mod emit;
mod expression;
mod fold;
mod function;
mod record;
mod statement;

use self::function::{Context, Spare};
use crate::bytecode;
use crate::memory::{AllocError, Scratch};
use crate::syntax::ast;
use crate::value::{ProtoMemory, ProtoRef, Texts};

/// Why a tree cannot be compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CompileError {
    /// No room, in the scratch or for the result.
    Memory(AllocError),
    /// The function exceeds a bound of the bytecode, near this line.
    TooLarge { what: &'static str, line: u32 },
}

impl From<AllocError> for CompileError {
    fn from(error: AllocError) -> Self {
        Self::Memory(error)
    }
}

/// Compiles a main function and all inside it into `memory`.
///
/// # Errors
/// There is no room, or a function exceeds a bound of the bytecode.
pub(crate) fn compile<'a>(
    scratch: &'a Scratch<'_>,
    main: &'a ast::Function<'a>,
    source_name: &'a [u8],
    memory: &'a dyn ProtoMemory,
) -> Result<ProtoRef, CompileError> {
    let context = Context {
        scratch,
        source_name,
        texts: scratch.alloc_cell(Texts::new_in(scratch, memory))?,
        spare: scratch.alloc_cell(Spare::default())?,
    };
    let main = function::compile_function(context, main)?;
    debug_assert_eq!(bytecode::verify(main.get()), Ok(()));
    Ok(main)
}
