//! `lunette test`: cases of Lua test files, each in a region of its own.
#![forbid(unsafe_code)]
//!
//! - **D2** Results are shown in the order of files and cases, however many threads there are.
//!
//! Absent on purpose: the running itself, which is `lunette::testing` (D1).

mod coverage;
mod plan;
mod report;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use clap::{Args, ValueEnum};
use lunette::testing::{self, Bounds, Outcome, Runner, Suite};

use self::coverage::Coverage;
use self::plan::{Job, Plan};
use self::report::{Report, Totals};
use super::Status;
use super::args::{parse_size, parse_time};
use super::report::failure;

const EXAMPLES: &str = "\
Examples:
  lunette test                            all test files below the working directory
  lunette test spec/ parser_test.lua      these
  lunette test --filter 'parser.*empty'   cases whose name matches a Lua pattern
  lunette test --shuffle -j 4 --format junit --output report.xml
  lunette test --coverage lcov.info --max-bytes 1MiB

Test files are those named *_test.lua, test_*.lua or *_spec.lua. They use describe, it, before_each,
after_each, setup, teardown, pending, finally, assert.*, spy, stub, mock and match; or they just
make global functions whose names begin with test_.

Exit status: 0, 1 for failures, 2 for bad usage or nothing found.";

/// How results are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people: a line for each failure, and a summary
    Human,
    /// Test Anything Protocol, version 14
    Tap,
    /// JUnit's XML
    Junit,
    /// A JSON object a line
    Json,
}

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct TestArgs {
    /// Test files, or folders to look for them in
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Threads that run cases; as many as there are processors unless told
    #[arg(short = 'j', long, value_name = "COUNT")]
    jobs: Option<NonZeroUsize>,
    /// Run the cases in random order; with a seed, in the same order as the last time
    #[arg(long, value_name = "SEED", num_args = 0..=1, require_equals = true)]
    shuffle: Option<Option<u64>>,
    /// Only cases whose full name matches this Lua pattern
    #[arg(long, value_name = "PATTERN")]
    filter: Option<String>,
    /// Show the names of the cases, and run nothing
    #[arg(long)]
    list: bool,
    /// Stop after the first failure
    #[arg(long)]
    fail_fast: bool,
    /// Run again whenever a file below the paths changes
    #[arg(long)]
    watch: bool,
    /// Show the cases that used the most memory
    #[arg(long)]
    memory: bool,
    /// A case that uses more bytes than this fails
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    max_bytes: Option<usize>,
    /// The most memory a case may hold
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "256MiB")]
    memory_limit: usize,
    /// The longest a case may take
    #[arg(long, value_name = "TIME", value_parser = parse_time, default_value = "10s")]
    time_limit: Duration,
    /// The most VM steps a case may take
    #[arg(long, value_name = "STEPS")]
    fuel: Option<u64>,
    /// Count the lines that run; with a file, write them there as LCOV
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    coverage: Option<Option<PathBuf>>,
    /// How results are shown
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Where the report goes, in the place of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Runs what the arguments say, once or as long as files change.
pub(super) fn test(args: &TestArgs) -> Status {
    if !args.watch {
        return run_once(args);
    }
    let mut last = None;
    loop {
        let stamp = testing::newest_change(&args.paths);
        if stamp != last {
            last = stamp;
            run_once(args);
            // Nothing more can be said if standard error is closed.
            let _ = writeln!(io::stderr(), "waiting for a change; Ctrl-C ends");
        }
        thread::sleep(Duration::from_millis(300));
    }
}

fn run_once(args: &TestArgs) -> Status {
    let files = match testing::files(&args.paths) {
        Ok(files) => files,
        Err(message) => {
            failure(&message);
            return Status::USAGE;
        }
    };
    if files.is_empty() {
        failure("no test files found: they are named *_test.lua, test_*.lua or *_spec.lua");
        return Status::USAGE;
    }
    let runner = match Runner::new(bounds(args)) {
        Ok(runner) => runner,
        Err(error) => {
            failure(error.message());
            return Status::FAILURE;
        }
    };
    let workers = args
        .jobs
        .or_else(|| thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get);
    let started = Instant::now();
    let suites = load(&runner, &files, workers);
    let seed = args.shuffle.map(|seed| seed.unwrap_or_else(random_seed));
    let plan = match Plan::new(&suites, args.filter.as_deref(), seed) {
        Ok(plan) => plan,
        Err(message) => {
            failure(&message);
            return Status::USAGE;
        }
    };
    if args.list {
        return list(&suites, &plan);
    }
    if plan.jobs.is_empty() && suites.iter().all(|suite| suite.defect.is_none()) {
        failure("no cases found");
        return Status::USAGE;
    }
    let report = match open_report(args, &plan, seed) {
        Ok(report) => report,
        Err(message) => {
            failure(&message);
            return Status::USAGE;
        }
    };
    let session = Session {
        args,
        runner: &runner,
        suites: &suites,
        plan: &plan,
        report: Mutex::new(report),
        next: AtomicUsize::new(0),
        is_stopped: AtomicBool::new(false),
        coverage: Mutex::new(Coverage::default()),
    };
    session.run(workers, started)
}

fn bounds(args: &TestArgs) -> Bounds {
    let mut bounds = Bounds::new()
        .memory_limit(args.memory_limit)
        .time_limit(args.time_limit);
    if let Some(bytes) = args.max_bytes {
        bounds = bounds.max_bytes(bytes);
    }
    if let Some(steps) = args.fuel {
        bounds = bounds.fuel(steps);
    }
    if args.coverage.is_some() {
        bounds = bounds.count_lines();
    }
    bounds
}

/// Compiles the files and learns of their cases.
fn load(runner: &Runner, files: &[PathBuf], workers: usize) -> Vec<Suite> {
    let next = AtomicUsize::new(0);
    let loaded = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..workers.min(files.len()) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(file) = files.get(index) else { break };
                    let suite = runner.load(file);
                    lock(&loaded).insert(index, suite);
                }
            });
        }
    });
    let loaded = loaded
        .into_inner()
        .unwrap_or_else(|error| error.into_inner());
    loaded.into_values().collect()
}

fn list(suites: &[Suite], plan: &Plan) -> Status {
    let mut out = io::stdout().lock();
    for job in &plan.jobs {
        let suite = &suites[job.suite];
        let line = writeln!(out, "{}: {}", suite.path, suite.cases[job.case].name);
        if line.is_err() {
            // Nobody reads on.
            return Status::SUCCESS;
        }
    }
    let mut status = Status::SUCCESS;
    for suite in suites {
        if let Some(defect) = &suite.defect {
            failure(defect);
            status = Status::FAILURE;
        }
    }
    status
}

fn open_report(args: &TestArgs, plan: &Plan, seed: Option<u64>) -> Result<Box<dyn Report>, String> {
    let out: Box<dyn Write + Send> = match &args.output {
        None => Box::new(anstream::stdout()),
        Some(path) => {
            let file = std::fs::File::create(path)
                .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
            let file: Box<dyn Write + Send> = Box::new(io::BufWriter::new(file));
            Box::new(anstream::StripStream::new(file))
        }
    };
    let is_watched = args.output.is_none() && io::stdout().is_terminal();
    Ok(report::open(
        args.format,
        out,
        plan.jobs.len(),
        seed,
        is_watched,
    ))
}

/// One run of all that is planned.
struct Session<'a> {
    args: &'a TestArgs,
    runner: &'a Runner,
    suites: &'a [Suite],
    plan: &'a Plan,
    report: Mutex<Box<dyn Report>>,
    next: AtomicUsize,
    is_stopped: AtomicBool,
    coverage: Mutex<Coverage>,
}

/// What has run, waiting for what comes before it.
#[derive(Default)]
struct Shown {
    waiting: BTreeMap<usize, Outcome>,
    next: usize,
    totals: Totals,
    heaviest: Vec<(usize, String)>,
}

impl Session<'_> {
    fn run(self, workers: usize, started: Instant) -> Status {
        let shown = Mutex::new(Shown::default());
        for suite in self.suites {
            if let Some(defect) = &suite.defect {
                lock(&shown).totals.broken += 1;
                lock(&self.report).defect(&suite.path, defect);
            }
        }
        thread::scope(|scope| {
            for _ in 0..workers.min(self.plan.jobs.len()) {
                scope.spawn(|| self.work(&shown));
            }
        });
        let mut shown = shown
            .into_inner()
            .unwrap_or_else(|error| error.into_inner());
        shown.totals.skipped = self.plan.jobs.len() - shown.totals.ran();
        shown.totals.time = started.elapsed();
        let mut report = self
            .report
            .into_inner()
            .unwrap_or_else(|error| error.into_inner());
        if self.args.memory {
            shown.heaviest.sort_by(|a, b| b.cmp(a));
            report.heaviest(&shown.heaviest[..shown.heaviest.len().min(10)]);
        }
        let mut written = Ok(());
        if let Some(file) = &self.args.coverage {
            let coverage = self
                .coverage
                .into_inner()
                .unwrap_or_else(|error| error.into_inner());
            report.coverage(&coverage);
            if let Some(path) = file {
                written = std::fs::write(path, coverage.to_lcov())
                    .map_err(|error| format!("cannot write {}: {error}", path.display()));
            }
        }
        let finished = report.finish(&shown.totals);
        if let Err(message) = written {
            failure(&message);
            return Status::FAILURE;
        }
        match finished {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                failure(&format!("cannot write the report: {error}"));
                Status::FAILURE
            }
            _ if shown.totals.is_success() => Status::SUCCESS,
            _ => Status::FAILURE,
        }
    }

    /// What one thread does: takes the next case until there is none.
    fn work(&self, shown: &Mutex<Shown>) {
        let mut arena = self.runner.arena();
        while !self.is_stopped.load(Ordering::Relaxed) {
            let place = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = self.plan.jobs.get(place) else {
                break;
            };
            let suite = &self.suites[job.suite];
            let mut outcome = self.runner.run(suite, job.case, &mut arena);
            if let Some(hits) = outcome.coverage.take() {
                lock(&self.coverage).add(hits);
            }
            if self.args.fail_fast && outcome.is_failure() {
                self.is_stopped.store(true, Ordering::Relaxed);
            }
            let mut shown = lock(shown);
            shown.waiting.insert(job.rank, outcome);
            self.show_ready(&mut shown);
        }
        if self.is_stopped.load(Ordering::Relaxed) {
            // What ran is shown, though cases before it will not run any more.
            let mut shown = lock(shown);
            let waiting = std::mem::take(&mut shown.waiting);
            for (rank, outcome) in waiting {
                self.show(&mut shown, rank, outcome);
            }
        }
    }

    /// Shows the results whose turn it is.
    fn show_ready(&self, shown: &mut Shown) {
        while let Some(outcome) = shown.waiting.remove(&shown.next) {
            let rank = shown.next;
            self.show(shown, rank, outcome);
            shown.next += 1;
        }
    }

    fn show(&self, shown: &mut Shown, rank: usize, outcome: Outcome) {
        let Job { suite, case, .. } = self.plan.by_rank(rank);
        let suite = &self.suites[suite];
        let case = &suite.cases[case];
        shown.totals.count(&outcome);
        if self.args.memory {
            shown
                .heaviest
                .push((outcome.peak_bytes, format!("{}: {}", suite.path, case.name)));
        }
        lock(&self.report).case(suite, case, &outcome);
    }
}

/// A lock that a panic elsewhere does not take away.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|error| error.into_inner())
}

fn random_seed() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0, |now| u64::from(now.subsec_nanos()) ^ now.as_secs())
}
