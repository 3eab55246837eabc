//! `lunette check`: syntax only, of any number of files.
#![forbid(unsafe_code)]

use std::ffi::OsString;

use lunette::Engine;

use super::{Status, source};

/// Compiles all files, and reports each that is not Lua.
pub(super) fn check(files: &[OsString]) -> Status {
    let engine = Engine::new();
    let failed = files
        .iter()
        .filter(|file| source::compile(&engine, file).is_none())
        .count();
    match failed {
        0 => Status::SUCCESS,
        _ => Status::FAILURE,
    }
}
