//! The slow halves of instructions, by family: coercions, metamethods, errors.
//!
//! A slow half is called with the frame's `pc` saved. It either does the work itself and answers
//! `Flow::Next` (or `Flow::Jump`), or enters a metamethod's frame and answers `Flow::Frame`; the
//! frame's `OnReturn` then finishes the instruction.

mod arith;
mod closure;
mod compare;
mod concat;
mod field;
mod frame;
mod index;
mod loops;
mod protect;

pub(crate) use arith::{ArithError, arith};
pub(crate) use field::{field_slot, inherited, is_quick_key, long_field, object_slot, store};
pub(crate) use frame::{place_plainly, push_vararg_frame};
pub(crate) use loops::{Step, step_list, step_pairs};
pub(crate) use protect::{finish_protected, push_protected};
