//! Which function each call of the loop entered last, and where its code is.
//!
//! To find the code of a called function the processor reads the variable, the closure, its
//! `Proto` and the address in there, one after the other; everything in the callee waits for that,
//! for operands lie in the code. A call that finds its function here knows the code at once: that
//! the function is the same as last time is only a branch, which is predicted.
//!
//! - **CC1** An entry's callee is a closure that lies at this address, and code and constants are
//!   those of its `Proto`. Closures go away or move in evacuations alone, which clear the cache.
#![forbid(unsafe_code)]

use core::cell::Cell;
use core::ptr;

use crate::bytecode::Instruction;
use crate::value::{Closure, Value};

/// How many calls are remembered: few, for every region that opens writes them all. Other numbers
/// were not tried.
const ENTRY_COUNT: usize = 16;

/// One for a few calls whose addresses have the same low bits.
pub(crate) struct CallCache([Entry; ENTRY_COUNT]);

/// A call.
pub(crate) struct Entry {
    callee: Cell<*const ()>,
    code: Cell<*const Instruction>,
    constants: Cell<*const Value<'static>>,
}

impl Entry {
    const fn new() -> Self {
        Self {
            callee: Cell::new(ptr::null()),
            code: Cell::new(ptr::null()),
            constants: Cell::new(ptr::null()),
        }
    }

    /// The code and the constants of `callee`, which the call enters now.
    #[inline(always)]
    pub(crate) fn enter(&self, callee: Closure<'_>) -> (*const Instruction, *const Value<'static>) {
        let pointer = callee.as_ptr().cast_const();
        if self.callee.get() != pointer {
            let proto = callee.proto();
            self.callee.set(pointer);
            self.code.set(proto.code.start().cast());
            self.constants.set(proto.constants.start());
        }
        debug_assert_eq!(self.code.get(), callee.proto().code.start().cast());
        (self.code.get(), self.constants.get())
    }
}

impl CallCache {
    /// No call is known.
    pub(crate) const fn new() -> Self {
        Self([const { Entry::new() }; ENTRY_COUNT])
    }

    /// The entry of the call before `pc`.
    #[inline(always)]
    pub(crate) fn at(&self, pc: *const Instruction) -> &Entry {
        &self.0[pc.addr() / size_of::<Instruction>() % ENTRY_COUNT]
    }

    /// Forgets everything: closures are about to move.
    pub(crate) fn clear(&self) {
        for entry in &self.0 {
            entry.callee.set(ptr::null());
        }
    }
}
