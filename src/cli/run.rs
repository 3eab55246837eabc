//! `lunette run`: scripts in one region, with arguments and bounds.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::ffi::OsString;
use std::time::Instant;

use bumpalo::Bump;
use lunette::{
    Arena, Budget, Engine, Error, ErrorKind, Invocation, LibrarySet, Program, Region, RunOptions,
    RunStats, Streams,
};

use super::Status;
use super::args::RunArgs;
use super::report::{self, Times};
use super::source;
use super::streams::BufferedStreams;

/// What is to be run, compiled.
struct Job<'a> {
    /// The programs of `-e`.
    lines: Vec<Program>,
    script: Option<Program>,
    /// All arguments of the process, and where the script's name is among them.
    argv: &'a [OsString],
    script_index: usize,
}

/// Runs what the arguments say.
pub(super) fn run(options: &RunArgs, argv: &[OsString]) -> Status {
    let engine = Engine::with_libraries(LibrarySet::ALL);
    let started = Instant::now();
    let Some(job) = compile(&engine, options, argv) else {
        return Status::FAILURE;
    };
    let compile_time = started.elapsed();
    let streams = BufferedStreams::new();
    let mut arena = Arena::new();
    if let Some(bytes) = options.memory_limit {
        arena.set_budget(Budget::bytes(bytes));
    }
    let out = Bump::new();
    let stats: Cell<Option<RunStats>> = Cell::new(None);
    let closing: Cell<Option<Instant>> = Cell::new(None);
    let opening = Instant::now();
    let opened = Cell::new(opening);
    let args = job.script_args();
    let programs = job.invocations(&args);
    let bounds = bounds(options, &streams);
    let result = engine.run(
        &bounds,
        &mut arena,
        &out,
        |region| {
            opened.set(Instant::now());
            set_arg(region, &job)
        },
        &programs,
        |region| {
            closing.set(Some(Instant::now()));
            stats.set(Some(region.stats()));
        },
    );
    let status = conclude(&result, &streams);
    if let (true, Some(stats)) = (options.stats, stats.get()) {
        let closing = closing.get().unwrap_or_else(Instant::now);
        let times = Times {
            compile: compile_time,
            open: opened.get() - opening,
            run: closing - opened.get(),
            close: closing.elapsed(),
        };
        report::statistics(&stats, &times);
    }
    status
}

fn compile<'a>(engine: &Engine, options: &RunArgs, argv: &'a [OsString]) -> Option<Job<'a>> {
    let mut lines = Vec::new();
    for code in &options.code {
        match engine.compile("=(command line)", code.as_encoded_bytes()) {
            Ok(program) => lines.push(program),
            Err(error) => {
                report::failure(error.message());
                return None;
            }
        }
    }
    let script = match options.script.first() {
        Some(file) => Some(source::compile(engine, file)?),
        None => None,
    };
    // The script and its arguments are the last of the command. Without a script the command
    // itself takes its place, as in PUC Lua.
    let script_index = match script {
        Some(_) => argv.len().saturating_sub(options.script.len()),
        None => 0,
    };
    Some(Job {
        lines,
        script,
        argv,
        script_index,
    })
}

fn bounds<'a>(options: &RunArgs, streams: &'a BufferedStreams) -> RunOptions<'a> {
    let mut bounds = RunOptions::new().streams(streams);
    if let Some(steps) = options.fuel {
        bounds = bounds.fuel(steps);
    }
    if let Some(limit) = options.time_limit {
        bounds = bounds.time_limit(limit);
    }
    if let Some(steps) = options.evacuate_every {
        bounds = bounds.evacuate_every(steps);
    }
    bounds
}

impl Job<'_> {
    /// What the script gets as `...`.
    fn script_args(&self) -> Vec<&[u8]> {
        let args = self.argv.iter().skip(self.script_index + 1);
        args.map(|arg| arg.as_encoded_bytes()).collect()
    }

    /// The programs in order; only the script gets the arguments.
    fn invocations<'a>(&'a self, args: &'a [&'a [u8]]) -> Vec<Invocation<'a>> {
        let lines = self
            .lines
            .iter()
            .map(|program| Invocation { program, args: &[] });
        let script = self
            .script
            .iter()
            .map(|program| Invocation { program, args });
        lines.chain(script).collect()
    }
}

/// Sets the global `arg`: the script's name at 0, its arguments above, the rest of the command
/// line below.
fn set_arg<'r>(region: Region<'r, '_>, job: &Job<'_>) -> Result<(), Error<'r>> {
    let texts = job.argv.iter().map(|arg| arg.as_encoded_bytes());
    let table = region.table((-(job.script_index as i64)..).zip(texts))?;
    region.raw_set(region.globals(), "arg", table)
}

/// Shows an error, and says with what the process ends.
fn conclude(result: &Result<(), Error<'_>>, streams: &BufferedStreams) -> Status {
    // A failure shows below, and again at the end of the process.
    let flushed = streams.flush_out();
    match result {
        Ok(()) => match flushed {
            Ok(()) => Status::SUCCESS,
            Err(error) => {
                report::failure(&format!("cannot write to standard output: {error}"));
                Status::FAILURE
            }
        },
        Err(error) if error.kind() == ErrorKind::Exit => {
            // The system keeps the low byte, as for C's `exit`.
            Status(error.value().as_int().unwrap_or(0) as u8)
        }
        Err(error) => {
            report::script_error(error);
            Status::FAILURE
        }
    }
}
