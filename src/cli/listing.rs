//! `lunette dis`: the bytecode of a script.
#![forbid(unsafe_code)]

use std::ffi::OsStr;
use std::io::{self, ErrorKind, Write};

use lunette::Engine;

use super::{Status, report, source};

/// Writes the listing of a file to standard output.
pub(super) fn list(file: &OsStr) -> Status {
    let Some(program) = source::compile(&Engine::new(), file) else {
        return Status::FAILURE;
    };
    let mut out = io::stdout().lock();
    let written = out
        .write_all(program.listing().as_bytes())
        .and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            report::failure(&format!("cannot write to standard output: {error}"));
            Status::FAILURE
        }
        _ => Status::SUCCESS,
    }
}
