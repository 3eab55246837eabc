//! `lunette run`: scripts in one region, with arguments and bounds.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::ffi::OsString;
use std::time::Instant;

use bumpalo::Bump;
use lunette::{
    Arena, Budget, Engine, Error, ErrorKind, Program, Region, RunOptions, RunStats, Str, Streams,
    Unpacked, Value,
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
    let engine = Engine::new();
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
    let times = Cell::new(Times {
        compile: compile_time,
        ..Times::default()
    });
    let closing = Cell::new(None);
    let opening = Instant::now();
    let result = engine.enter_with(&bounds(options, &streams), &mut arena, &out, |region| {
        let opened = Instant::now();
        let result = run_in(region, &job);
        closing.set(Some(Instant::now()));
        stats.set(Some(region.stats()));
        times.set(Times {
            open: opened - opening,
            run: opened.elapsed(),
            ..times.get()
        });
        result
    });
    if let Some(closing) = closing.get() {
        let close = closing.elapsed();
        times.set(Times {
            close,
            ..times.get()
        });
    }
    let status = conclude(&result, &streams);
    if let (true, Some(stats)) = (options.stats, stats.get()) {
        report::statistics(&stats, &times.get());
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
    bounds
}

/// Runs the programs in order; an error ends the run.
fn run_in<'r>(region: Region<'r, '_>, job: &Job<'_>) -> Result<(), Error<'r>> {
    set_arg(region, job)?;
    for line in &job.lines {
        call(region, line, &[])?;
    }
    if let Some(script) = &job.script {
        let args = job.argv.iter().skip(job.script_index + 1);
        let args: Result<Vec<_>, _> = args
            .map(|arg| region.str(arg.as_encoded_bytes()))
            .map(|text| text.map(Str::to_value))
            .collect();
        call(region, script, &args?)?;
    }
    Ok(())
}

/// Sets the global `arg`: the script's name at 0, its arguments above, the rest of the command
/// line below.
fn set_arg<'r>(region: Region<'r, '_>, job: &Job<'_>) -> Result<(), Error<'r>> {
    let texts = job.argv.iter().map(|arg| arg.as_encoded_bytes());
    let table = region.table((-(job.script_index as i64)..).zip(texts))?;
    region.raw_set(region.globals(), "arg", table)
}

/// Calls a program; an error value that knows its own text is replaced by it.
fn call<'r>(
    region: Region<'r, '_>,
    program: &Program,
    args: &[Value<'r>],
) -> Result<(), Error<'r>> {
    let main = region.load(program)?;
    let result = region.call(main.to_value(), args);
    result.map_err(|error| match describe(region, &error) {
        Ok(Some(described)) | Err(described) => described,
        Ok(None) => error,
    })
}

fn describe<'r>(region: Region<'r, '_>, error: &Error<'r>) -> Result<Option<Error<'r>>, Error<'r>> {
    let Unpacked::Table(table) = error.value().unpack() else {
        return Ok(None);
    };
    let Some(metatable) = table.metatable() else {
        return Ok(None);
    };
    if region
        .raw_get::<Value<'_>>(metatable, "__tostring")?
        .is_nil()
    {
        return Ok(None);
    }
    let text = region.to_text(error.value())?;
    Ok(Some(region.error(text.as_bytes())))
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
