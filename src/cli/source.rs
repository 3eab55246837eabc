//! Scripts on their way in: from a file or standard input, with the name that messages show.
#![forbid(unsafe_code)]

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};

use lunette::{Engine, Program};

use super::report;

/// The file name that stands for standard input.
pub(super) const STDIN: &str = "-";
/// The first byte of a binary chunk.
const BINARY_MARK: u8 = 0x1B;

/// Reads and compiles a file; `None` if that failed, which was reported.
pub(super) fn compile(engine: &Engine, file: &OsStr) -> Option<Program> {
    let shown = if file == STDIN {
        "stdin".into()
    } else {
        file.to_string_lossy()
    };
    let source = match read(file) {
        Ok(source) => source,
        Err((what, error)) => {
            report::failure(&format!("cannot {what} {shown}: {}", reason(&error)));
            return None;
        }
    };
    let name = match file == STDIN {
        true => b"=stdin".to_vec(),
        false => [b"@", file.as_encoded_bytes()].concat(),
    };
    if source.first() == Some(&BINARY_MARK) {
        // The one message of the library that does not say which file it is about.
        if let Err(error) = engine.compile(&name, &source) {
            report::failure(&format!("{shown}: {}", error.message()));
        }
        return None;
    }
    compile_text(engine, name, source)
}

/// Compiles text; `None` if it is no Lua, which was reported.
pub(super) fn compile_text(
    engine: &Engine,
    name: impl AsRef<[u8]>,
    source: impl AsRef<[u8]>,
) -> Option<Program> {
    match engine.compile(name, source) {
        Ok(program) => Some(program),
        Err(error) => {
            report::failure(error.message());
            None
        }
    }
}

/// The whole file, or what could not be done with it.
fn read(file: &OsStr) -> Result<Vec<u8>, (&'static str, io::Error)> {
    let mut source = Vec::new();
    let read = if file == STDIN {
        io::stdin().lock().read_to_end(&mut source)
    } else {
        let mut opened = File::open(file).map_err(|error| ("open", error))?;
        opened.read_to_end(&mut source)
    };
    read.map_err(|error| ("read", error))?;
    Ok(source)
}

/// The system's words, without its number.
fn reason(error: &io::Error) -> String {
    let mut text = error.to_string();
    if let Some(end) = text.rfind(" (os error ") {
        text.truncate(end);
    }
    text
}
