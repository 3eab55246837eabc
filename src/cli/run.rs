//! `lunette run`: scripts in one region, with arguments and bounds.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal};
use std::process;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bumpalo::Bump;
use lunette::{
    Arena, Budget, Engine, Error, ErrorKind, Invocation, KindUsage, LibrarySet, Lua, Program,
    RunOptions, RunStats, Str, Streams, Table,
};
use typed_arena::Arena as TypedArena;

use super::Status;
use super::args::{Prelude, RunArgs};
use super::environment::{self, Environment};
use super::repl;
use super::report::{self, Times};
use super::source;
use super::streams::BufferedStreams;

/// One program that is to be run, and what it gets.
pub(super) struct Task {
    pub(super) program: Program,
    pub(super) args: Vec<Vec<u8>>,
    /// The global list that holds further arguments.
    pub(super) args_table: Option<&'static str>,
}

/// The global list of the script's arguments.
const ARGS_TABLE: &str = "arg";

/// Where a program comes from. It is read and compiled when those before it have run.
enum Step<'a> {
    /// A text, and its name in messages.
    Text(String, &'a [u8]),
    /// A module, for `-l`.
    Module(&'a OsStr),
    /// A file without arguments.
    File(OsString),
    /// The script.
    Script(&'a OsStr),
}

/// What is to be run.
pub(super) struct Job<'a> {
    engine: &'a Engine,
    steps: Vec<Step<'a>>,
    /// All arguments of the process, and where the script's name is among them.
    argv: &'a [OsString],
    script_index: usize,
    environment: &'a Environment,
}

/// What `-l` does: a module goes into a global variable.
const REQUIRE: &str = "local name, module = ...
local ok, result = pcall(require, module)
if not ok then error(result, 0) end
_G[name] = result";

/// Runs what the arguments say.
pub(super) fn run(options: &RunArgs, argv: &[OsString]) -> Status {
    if options.shows_version {
        println!(
            "{} {} (Lua 5.4)",
            env!("CARGO_PKG_NAME"),
            env!("CARGO_PKG_VERSION")
        );
    }
    let is_idle =
        options.script.is_empty() && options.preludes.is_empty() && !options.shows_version;
    let has_terminal = io::stdin().is_terminal();
    let engine = engine(options);
    let input = OsString::from(source::STDIN);
    let script = match options.script.first() {
        None if is_idle && !options.interactive && !has_terminal => Some(&input),
        script => script,
    };
    let environment = if options.no_environment || options.sandbox {
        Environment::default()
    } else {
        Environment::read()
    };
    let job = Job::new(&engine, options, script, argv, &environment);
    if options.interactive || (is_idle && has_terminal) {
        return repl::run(&engine, options, &job);
    }
    run_job(&engine, options, &job)
}

/// An engine with the libraries that scripts may have.
fn engine(options: &RunArgs) -> Engine {
    Engine::with_libraries(if options.sandbox {
        LibrarySet::SAFE
    } else {
        LibrarySet::ALL
    })
}

fn run_job(engine: &Engine, options: &RunArgs, job: &Job<'_>) -> Status {
    let streams = BufferedStreams::new();
    let mut arena = arena(options);
    let out = Bump::new();
    let stats: Cell<Option<(RunStats, [KindUsage; 8])>> = Cell::new(None);
    let closing: Cell<Option<Instant>> = Cell::new(None);
    let opening = Instant::now();
    let opened = Cell::new(opening);
    let (tasks, args) = (TypedArena::new(), TypedArena::new());
    let compile_time = Cell::new(Duration::ZERO);
    let is_refused = Cell::new(false);
    // What does not compile was reported, and nothing runs behind it.
    let programs = job.steps.iter().map_while(|step| {
        let started = Instant::now();
        let task = job.compile(step);
        compile_time.set(compile_time.get() + started.elapsed());
        is_refused.set(task.is_none());
        let task: &Task = tasks.alloc(task?);
        let args: &Vec<&[u8]> = args.alloc(task.args.iter().map(Vec::as_slice).collect());
        Some(Invocation {
            program: &task.program,
            args,
            args_table: task.args_table,
        })
    });
    let bounds = bounds(options).streams(&streams);
    #[cfg(feature = "profile")]
    let profile = options
        .memory_profile
        .as_ref()
        .map(super::profile::Profile::new);
    #[cfg(feature = "profile")]
    let bounds = match &profile {
        Some(profile) => bounds.memory_profile(profile.of_memory()),
        None => bounds,
    };
    let result = engine.run(
        &bounds,
        &mut arena,
        &out,
        |region| {
            opened.set(Instant::now());
            job.prepare(region.into())
        },
        programs,
        |region| {
            closing.set(Some(Instant::now()));
            if options.stats {
                stats.set(Some((region.stats(), region.memory_by_kind())));
            }
        },
    );
    let closed = Instant::now();
    let mut status = conclude(&result, &streams);
    if is_refused.get() && result.is_ok() {
        status = Status::FAILURE;
    }
    if let Some((stats, kinds)) = stats.get() {
        let closing = closing.get().unwrap_or(closed);
        let times = Times {
            compile: compile_time.get(),
            open: opened.get() - opening,
            run: closing - opened.get() - compile_time.get(),
            close: closed - closing,
        };
        report::statistics(&stats, &kinds, Some(arena.kept_bytes()), &times);
    }
    #[cfg(feature = "profile")]
    if let Some(profile) = profile
        && let Err(message) = profile.finish()
    {
        report::failure(&message);
        return Status::FAILURE;
    }
    status
}

/// The memory of a run.
pub(super) fn arena(options: &RunArgs) -> Arena {
    let mut arena = Arena::new();
    if let Some(bytes) = options.memory_limit {
        arena.set_budget(Budget::bytes(bytes));
    }
    arena
}

/// The file name of `LUA_INIT` behind its `@`.
fn without_mark(init: &OsStr) -> OsString {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt;
        OsString::from_vec(
            init.as_encoded_bytes()
                .get(1..)
                .unwrap_or_default()
                .to_vec(),
        )
    }
    #[cfg(not(unix))]
    init.to_string_lossy().trim_start_matches('@').into()
}

/// Of `-l`: the global's name and the module's. A hyphen begins what the global leaves out.
fn module_args(text: &[u8]) -> Vec<Vec<u8>> {
    let (global, module) = match text.iter().position(|byte| *byte == b'=') {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (
            text.split(|byte| *byte == b'-').next().unwrap_or(text),
            text,
        ),
    };
    vec![global.to_vec(), module.to_vec()]
}

/// The bounds of a run, its clock and its random numbers.
pub(super) fn bounds(options: &RunArgs) -> RunOptions<'static> {
    let mut bounds = match options.deterministic {
        true => RunOptions::new().deterministic(),
        false => RunOptions::new().random_seed(seed()),
    };
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

/// Another number on every run.
fn seed() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.as_nanos() as u64);
    nanos ^ u64::from(process::id()).rotate_left(32)
}

impl<'a> Job<'a> {
    fn new(
        engine: &'a Engine,
        options: &'a RunArgs,
        script: Option<&'a OsString>,
        argv: &'a [OsString],
        environment: &'a Environment,
    ) -> Self {
        let command_line = || "=(command line)".to_owned();
        let mut steps = Vec::new();
        if options.warnings {
            steps.push(Step::Text(command_line(), b"warn('@on')"));
        }
        if let Some((name, init)) = &environment.init {
            steps.push(match init.as_encoded_bytes().strip_prefix(b"@") {
                Some(_) => Step::File(without_mark(init)),
                None => Step::Text(format!("={name}"), init.as_encoded_bytes()),
            });
        }
        steps.extend(options.preludes.iter().map(|prelude| match prelude {
            Prelude::Code(code) => Step::Text(command_line(), code.as_encoded_bytes()),
            Prelude::Module(module) => Step::Module(module),
        }));
        steps.extend(script.map(|file| Step::Script(file)));
        // The script and its arguments are the last of the command. Without a script the command
        // itself takes its place, as in PUC Lua.
        let script_index = match options.script.len() {
            0 => 0,
            count => argv.len().saturating_sub(count),
        };
        Self {
            engine,
            steps,
            argv,
            script_index,
            environment,
        }
    }

    /// The program of a step; `None` if it cannot be read or is no Lua, which was reported.
    fn compile(&self, step: &Step<'_>) -> Option<Task> {
        let args_table = matches!(step, Step::Script(_)).then_some(ARGS_TABLE);
        let (program, args) = match step {
            Step::Text(name, text) => (source::compile_text(self.engine, name, text), Vec::new()),
            Step::Module(module) => (
                source::compile_text(self.engine, "=(command line)", REQUIRE),
                module_args(module.as_encoded_bytes()),
            ),
            Step::File(file) => (source::compile(self.engine, file), Vec::new()),
            // What it gets is in `arg` by then, which others may have changed.
            Step::Script(file) => (source::compile(self.engine, file), Vec::new()),
        };
        let program = program?;
        Some(Task {
            program,
            args,
            args_table,
        })
    }

    /// The programs in order, each compiled when it is asked for.
    pub(super) fn tasks(&self) -> impl Iterator<Item = Option<Task>> {
        self.steps.iter().map(|step| self.compile(step))
    }

    /// Sets the global `arg`: the script's name at 0, its arguments above, the rest of the command
    /// line below; and where modules are looked for.
    pub(super) fn prepare<'r>(&self, lua: Lua<'r>) -> Result<(), Error<'r>> {
        let texts = self.argv.iter().map(|arg| arg.as_encoded_bytes());
        let table = lua.table((-(self.script_index as i64)..).zip(texts))?;
        lua.raw_set(lua.globals(), ARGS_TABLE, table)?;
        let package: Option<Table<'r>> = lua.global("package")?;
        let fields = [
            ("path", &self.environment.path),
            ("cpath", &self.environment.cpath),
        ];
        for (name, templates) in fields {
            if let (Some(package), Some(templates)) = (package, templates) {
                let default: Str<'r> = lua.raw_get(package, name)?;
                let templates = environment::complete(templates, default.as_bytes());
                lua.raw_set(package, name, &templates[..])?;
            }
        }
        Ok(())
    }
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
