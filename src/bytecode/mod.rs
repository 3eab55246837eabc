//! Floor 3: bytecode. Where compiler and interpreter meet: the opcode table, the encoding, the
//! verifier and the listing.
//!
//! - **B1** An instruction is 8 bytes: `op a b c` of one byte each and a signed word `d`.
//! - **B2** Only the compiler makes instructions; none is ever read from outside.
//! - **B3** What [`verify()`] proves of a `Proto` is what the loop relies on without checking.

mod instruction;
mod listing;
pub(crate) mod op;
#[cfg(test)]
pub(crate) mod sample;
mod verify;

pub(crate) use instruction::{Fetched, Instruction, behind, hidden};
pub(crate) use listing::list;
pub(crate) use op::{Op, Operands};
#[cfg_attr(not(debug_assertions), allow(unused_imports))]
pub(crate) use verify::verify;
