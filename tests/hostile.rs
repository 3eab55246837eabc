//! The attack corpus: each script of `tests/hostile` ends as it says, within its bounds.
//!
//! A script runs in a process of its own, under [`BUDGET_BYTES`] and [`TIME_LIMIT`], with the
//! libraries that a host gives to strangers. Headers say how it may end: `--! end = done|memory`;
//! other ends, a crash, more time than twice the limit, or a process that grew by more than its
//! budget and [`SLACK_BYTES`] fail the test. `LUNETTE_HOSTILE_REPORT=1` prints a line for each;
//! `LUNETTE_EVACUATE_EVERY=20` evacuates every twenty steps.

use std::cell::Cell;
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Duration;

use bumpalo::Bump;
use cpu_time::ProcessTime;
use libtest_mimic::{Arguments, Failed, Trial};
use lunette::{Arena, Engine, ErrorKind, Invocation, LibrarySet, RunOptions, Streams};

/// What a script may hold.
const BUDGET_BYTES: usize = 32 << 20;
/// Whether a memory checker looks on, with whom time and the process's memory tell nothing.
const IS_CHECKED: bool = cfg!(any(lunette_stress, lunette_asan));
/// How long a script may run. What the process spent is counted in processor time, for a machine
/// that does other work as well would make every limit late.
const TIME_LIMIT: Duration = Duration::from_millis(if IS_CHECKED { 4000 } else { 1000 });
/// What the process may hold beside the budget: its code, its stack, the compiled program.
const SLACK_BYTES: usize = 16 << 20;
/// What a script may print before its host has enough of it.
const OUTPUT_MAX: usize = 1 << 20;

/// Set for the process that runs a script: its path.
const PATH_VARIABLE: &str = "LUNETTE_TEST_HOSTILE";

fn main() -> ExitCode {
    if let Some(path) = std::env::var_os(PATH_VARIABLE) {
        serve(Path::new(&path));
        return ExitCode::SUCCESS;
    }
    let mut args = Arguments::from_args();
    // Time is measured: nothing else of this test runs meanwhile.
    args.test_threads = Some(1);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
    let entries = std::fs::read_dir(folder).expect("the corpus is there");
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("a folder can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "lua"))
        .collect();
    paths.sort();
    let trials = paths.into_iter().map(|path| {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Trial::test(name, move || check(&path))
    });
    libtest_mimic::run(&args, trials.collect()).exit_code()
}

/// The value of a header.
fn header<'s>(source: &'s str, name: &str) -> Option<&'s str> {
    source
        .lines()
        .filter_map(|line| line.strip_prefix("--! ")?.split_once(" = "))
        .find_map(|(word, value)| (word == name).then_some(value))
}

fn check(path: &Path) -> Result<(), Failed> {
    let source = std::fs::read_to_string(path)?;
    let ends: Vec<&str> = header(&source, "end")
        .ok_or("no header says how it ends")?
        .split('|')
        .collect();
    let program = std::env::current_exe()?;
    let ended = Command::new(program).env(PATH_VARIABLE, path).output()?;
    let report = String::from_utf8_lossy(&ended.stdout);
    if !ended.status.success() {
        let said = String::from_utf8_lossy(&ended.stderr);
        return Err(format!("ended with {}: {said}", ended.status).into());
    }
    let fields: Vec<&str> = report.trim_end_matches('\n').split('\t').collect();
    let [end, millis, region_bytes, process_bytes, message] = fields[..] else {
        return Err(format!("not a report: {report}").into());
    };
    if std::env::var_os("LUNETTE_HOSTILE_REPORT").is_some() {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        eprintln!("{name}\t{end}\t{millis}\t{region_bytes}\t{process_bytes}\t{message}");
    }
    let is_slow = IS_CHECKED || std::env::var_os("LUNETTE_EVACUATE_EVERY").is_some();
    let is_late = is_slow && end == "deadline";
    let millis: u128 = millis.parse()?;
    // The limit is on the clock's time: a machine that does other work gave it too little.
    let is_starved = end == "deadline" && millis < TIME_LIMIT.as_millis() / 2;
    if !ends.contains(&end) && !is_late && !is_starved {
        return Err(format!("ended with {end}: {message}").into());
    }
    if millis > 2 * TIME_LIMIT.as_millis() && !IS_CHECKED {
        return Err(format!("took {millis} ms").into());
    }
    let region_bytes: usize = region_bytes.parse()?;
    if region_bytes > BUDGET_BYTES {
        return Err(format!("held {region_bytes} bytes").into());
    }
    let process_bytes: usize = process_bytes.parse()?;
    if process_bytes > BUDGET_BYTES + SLACK_BYTES && !IS_CHECKED {
        return Err(format!("the process held {process_bytes} bytes").into());
    }
    Ok(())
}

/// Streams that refuse a flood.
#[derive(Default)]
struct Trickle {
    written: Cell<usize>,
}

impl Streams for Trickle {
    fn write_out(&self, bytes: &[u8]) -> io::Result<()> {
        self.written.set(self.written.get() + bytes.len());
        match self.written.get() <= OUTPUT_MAX {
            true => Ok(()),
            false => Err(io::Error::other("too much output")),
        }
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

/// Runs one script, and reports on standard output.
fn serve(path: &Path) {
    let source = std::fs::read_to_string(path).expect("the script is there");
    let libraries = match header(&source, "libraries") {
        Some("all") => LibrarySet::ALL,
        _ => LibrarySet::SAFE,
    };
    let engine = Engine::with_libraries(libraries);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let program = engine.compile(&*name, &source).expect("the attack is Lua");
    let streams = Trickle::default();
    let mut options = RunOptions::new().streams(&streams).time_limit(TIME_LIMIT);
    if let Some(fuel) = header(&source, "fuel") {
        options = options.fuel(fuel.parse().expect("fuel is a number"));
    }
    if let Some(steps) = std::env::var_os("LUNETTE_EVACUATE_EVERY") {
        let steps = steps.to_str().and_then(|steps| steps.parse().ok());
        options = options.evacuate_every(steps.expect("LUNETTE_EVACUATE_EVERY is a number"));
    }
    let mut arena = Arena::with_budget(BUDGET_BYTES);
    let out = Bump::new();
    let invocation = Invocation {
        program: &program,
        args: &[],
        args_table: None,
    };
    let peak = Cell::new(0);
    let started = ProcessTime::now();
    let result = engine.run(
        &options,
        &mut arena,
        &out,
        |_| Ok(()),
        &[invocation],
        |region| peak.set(region.stats().memory.peak_bytes),
    );
    let took = started.elapsed();
    let (end, message) = match &result {
        Ok(()) => ("done", String::new()),
        Err(error) => {
            let end = match error.kind() {
                ErrorKind::Memory | ErrorKind::MemoryReserve => "memory",
                ErrorKind::Fuel => "fuel",
                ErrorKind::Deadline => "deadline",
                _ => "error",
            };
            let message: String = error.to_string().chars().take(100).collect();
            (end, message.replace(['\t', '\n'], " "))
        }
    };
    println!(
        "{end}\t{}\t{}\t{}\t{message}",
        took.as_millis(),
        peak.get(),
        process_peak_bytes()
    );
}

/// The most memory that this process has held, where the system tells.
fn process_peak_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kibibytes
        .and_then(|text| text.trim().parse::<usize>().ok())
        .unwrap_or(0)
        << 10
}
