//! Floor 8: the standard library.
//!
//! The engines below are pure functions over bytes; the library files wrap them for scripts.

pub(crate) mod format;
pub(crate) mod format_float;
pub(crate) mod pack;
pub(crate) mod pattern;
mod pattern_item;
pub(crate) mod utf8_codec;
