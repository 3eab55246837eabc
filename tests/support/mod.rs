//! What several test targets need: fixtures, and running a script in a region.
#![allow(dead_code, reason = "each target uses a part")]

pub mod fixture;
pub mod generate;
pub mod reference;

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};

use bumpalo::Bump;
use lunette::{
    Arena, ChunkSource, Engine, Error, Invocation, LibrarySet, Program, Region, RunOptions,
    Streams, Unpacked, Value,
};

/// What a script printed, and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Its standard output.
    pub output: Vec<u8>,
    /// The message of the error that ended it.
    pub error: Option<Vec<u8>>,
    /// The traceback of that error.
    pub traceback: Option<String>,
}

/// More output than any test has; a script that prints without end fails.
const OUTPUT_MAX: usize = 16 << 20;

/// Streams that keep what is written; standard input is at its end.
#[derive(Default)]
struct Capture {
    output: RefCell<Vec<u8>>,
}

impl Streams for Capture {
    fn write_out(&self, bytes: &[u8]) -> io::Result<()> {
        let mut output = self.output.borrow_mut();
        if output.len() + bytes.len() > OUTPUT_MAX {
            return Err(io::Error::other("too much output for a test"));
        }
        output.extend_from_slice(bytes);
        Ok(())
    }

    fn write_err(&self, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn flush_out(&self) -> io::Result<()> {
        Ok(())
    }

    fn read_in(&self, _buffer: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}

/// How a script is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Called by the host, which holds values meanwhile: nothing is evacuated.
    Entered,
    /// As a whole program: evacuated when that is worth it.
    Whole,
    /// As a whole program, evacuated every so many steps.
    Evacuated(u32),
}

/// A script and what it gets.
#[derive(Clone, Copy, Debug)]
pub struct Script<'s> {
    /// What messages call it.
    pub name: &'s str,
    pub source: &'s [u8],
    pub args: &'s [&'s str],
    pub fuel: Option<u64>,
}

impl Script<'_> {
    /// Compiles the script and runs it in a region on `arena`.
    pub fn run<S: ChunkSource>(&self, way: Way, arena: &mut Arena<S>) -> Outcome {
        let engine = Engine::with_libraries(LibrarySet::ALL);
        let program = match engine.compile(self.name, self.source) {
            Ok(program) => program,
            Err(error) => {
                let error = Some(error.message().as_bytes().to_vec());
                return Outcome {
                    error,
                    ..Outcome::default()
                };
            }
        };
        let streams = Capture::default();
        let mut options = RunOptions::new().streams(&streams);
        if let Some(fuel) = self.fuel {
            options = options.fuel(fuel);
        }
        if let Way::Evacuated(steps) = way {
            options = options.evacuate_every(steps);
        }
        let (error, traceback) = if way == Way::Entered {
            self.enter(&engine, &program, &options, arena)
        } else {
            self.run_whole(&engine, &program, &options, arena)
        };
        Outcome {
            output: streams.output.take(),
            error,
            traceback,
        }
    }

    fn enter<S: ChunkSource>(
        &self,
        engine: &Engine,
        program: &Program,
        options: &RunOptions<'_>,
        arena: &mut Arena<S>,
    ) -> (Option<Vec<u8>>, Option<String>) {
        let out = Bump::new();
        let ended = engine.enter_with(options, arena, &out, |region| {
            let main = region.load(program)?;
            let args = self.set_args(region)?;
            let result = region.call::<()>(main.to_value(), args.as_slice());
            Ok(result.map_err(|error| describe(&error, region)))
        });
        match ended {
            Ok(Ok(())) => (None, None),
            Ok(Err((message, traceback))) => (Some(message), traceback),
            Err(error) => (Some(error.to_string().into_bytes()), None),
        }
    }

    fn run_whole<S: ChunkSource>(
        &self,
        engine: &Engine,
        program: &Program,
        options: &RunOptions<'_>,
        arena: &mut Arena<S>,
    ) -> (Option<Vec<u8>>, Option<String>) {
        let out = Bump::new();
        let args: Vec<&[u8]> = self.args.iter().map(|arg| arg.as_bytes()).collect();
        let invocation = Invocation {
            program,
            args: &args,
            args_table: None,
        };
        let ended = engine.run(
            options,
            arena,
            &out,
            |region| self.set_args(region).map(drop),
            &[invocation],
            |_| {},
        );
        match ended {
            Ok(()) => (None, None),
            Err(error) => {
                let traceback = error.traceback().map(|text| text.to_string());
                (Some(error.to_string().into_bytes()), traceback)
            }
        }
    }

    /// Sets the table `arg`; returns the arguments of the main function.
    fn set_args<'r>(&self, region: Region<'r, '_>) -> Result<Vec<Value<'r>>, Error<'r>> {
        let mut args = Vec::new();
        for arg in self.args {
            args.push(region.str(arg)?.to_value());
        }
        let table = region.list(args.iter().copied())?;
        region.raw_set(table, 0i64, self.name)?;
        region.raw_set(region.globals(), "arg", table)?;
        Ok(args)
    }
}

/// Message and traceback of an error, as a command line shows them.
fn describe<'r>(error: &Error<'r>, region: Region<'r, '_>) -> (Vec<u8>, Option<String>) {
    let traceback = error.traceback().map(|text| text.to_string());
    let value = error.value();
    let shows_itself = match value.unpack() {
        Unpacked::Str(_) | Unpacked::Int(_) | Unpacked::Float(_) => true,
        Unpacked::Table(table) => table.metatable().is_some_and(|metatable| {
            let key = region.str("__tostring").map(|key| key.to_value());
            key.is_ok_and(|key| !metatable.raw_get(key).is_nil())
        }),
        _ => false,
    };
    let text = if shows_itself {
        region.to_text(value).ok()
    } else {
        None
    };
    let message = match text {
        Some(text) => text.as_bytes().to_vec(),
        None => error.to_string().into_bytes(),
    };
    (message, traceback)
}

/// The root of the package.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Lua files under `folder`, sorted by path.
pub fn lua_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", folder.display()));
        for entry in entries {
            let path = entry.expect("a folder can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "lua") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The path below the package's root, with `/` between its parts.
pub fn short_name(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap_or(path);
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// The first line where two texts differ, for a failure's message.
pub fn first_difference(expected: &[u8], found: &[u8]) -> String {
    let lines = |text: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(text).into_owned();
        text.split('\n').map(str::to_owned).collect()
    };
    let (expected, found) = (lines(expected), lines(found));
    for index in 0..expected.len().max(found.len()) {
        let line = |lines: &[String]| lines.get(index).cloned();
        if line(&expected) != line(&found) {
            let show = |line: Option<String>| line.map_or("(nothing)".into(), |line| line);
            return format!(
                "line {}:\n  expected: {}\n  found:    {}",
                index + 1,
                show(line(&expected)),
                show(line(&found))
            );
        }
    }
    "no difference".into()
}
