//! Floor 5: syntax. From a script's bytes to a tree in which every name is resolved.
//!
//! ```text
//!  bytes --lexer--> tokens --parser, statement, expression--> ast::Function
//!                      \--symbol: one Symbol per text   \--scope: names, labels, limits
//! ```
//!
//! - **SX1** Everything the tree is made of lives in the caller's scratch, under its budget. A
//!   failed allocation ends the parse; the parser keeps nothing anywhere else.
//! - **SX2** Recursion is bounded by [`NESTING_MAX`]. What the grammar repeats by a loop is not: a
//!   chain like `a + a + a` or `a.b.c` leans to the left as far as the source is long, so who
//!   walks a tree follows left operands, objects and callees by a loop.
//! - **SX3** Every name is a local, an upvalue or a field of `_ENV`; every `goto` has its label.
//! - **SX4** Equal texts (names and short or long strings) are one [`ast::Symbol`].
//! - **SX5** Lines are those that PUC Lua reports: of the operator for arithmetic, of the last
//!   token of the right operand for comparisons, of the opening bracket for a call, of the token
//!   after which it is fetched for a field.
//!
//! Absent on purpose: folding of constant expressions (the compiler's), columns, and any
//! knowledge of registers. Of the floors below only `memory` is used, and the two pure files of
//! `value` that read numerals and shorten source names.

pub mod ast;
mod error;
mod expression;
mod lexer;
mod message;
mod parser;
mod position;
mod print;
mod scope;
mod statement;
mod symbol;
#[cfg(test)]
mod tests;
mod token;

pub use error::{ParseError, SyntaxError};
pub use parser::parse;
pub use position::{Line, skip_preamble};

/// Local variables that a function may have active at one time.
pub const LOCALS_MAX: u32 = 200;
/// Upvalues that a function may have.
pub const UPVALUES_MAX: usize = 255;
/// Nested statements, expressions and functions, all together.
pub const NESTING_MAX: u32 = 200;
