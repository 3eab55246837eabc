//! Which code each call of the loop entered last, and where it is.
//!
//! To find the code of a called function the processor reads the variable, the closure, its
//! `Proto` and the address in there, one after the other; everything in the callee waits for that,
//! for operands lie in the code. A call that finds its function here knows the code at once: that
//! the `Proto` is the same as last time is only a branch, which is predicted. Closures made anew
//! each time have a `Proto` in common.
//!
//! - **CC1** An entry's callee is a `Proto` that lies at this address, and code and constants are
//!   its own. What is of a region goes away or moves in evacuations alone, which clear the cache.
#![forbid(unsafe_code)]

use core::cell::Cell;
use core::ptr;

use crate::bytecode::Instruction;
use crate::value::{Proto, Value};

/// How many calls are remembered: few, for every region that opens writes them all. Other numbers
/// were not tried.
const ENTRY_COUNT: usize = 16;

/// One for a few calls whose addresses have the same low bits.
pub(crate) struct CallCache([Entry; ENTRY_COUNT]);

/// A call. Of 32 bytes: an address is found by a shift and a mask.
#[repr(align(32))]
pub(crate) struct Entry {
    callee: Cell<*const Proto>,
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
    pub(crate) fn enter(&self, callee: &Proto) -> (*const Instruction, *const Value<'static>) {
        if !ptr::eq(self.callee.get(), callee) {
            self.callee.set(callee);
            self.code.set(callee.code.start().cast());
            self.constants.set(callee.constants.start());
        }
        debug_assert_eq!(self.code.get(), callee.code.start().cast());
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
