//! Test files, and the running of their cases.
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::super::engine::Unprepared;
use super::super::{Engine, Invocation, Program, Region, RunOptions};
use crate::error::{Error, ErrorKind, OwnedError};
use crate::memory::Arena;
use crate::stdlib::LibrarySet;
use crate::value::{Table, Unpacked, Value};
use crate::vm::{Images, Streams};
use bumpalo::Bump;

/// The name of the runner's own Lua code in messages.
const SOURCE_NAME: &str = "=(lunette test)";

/// What a case may use.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    memory_bytes: usize,
    max_bytes: Option<usize>,
    time: Duration,
    fuel: Option<u64>,
    has_coverage: bool,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            memory_bytes: 256 << 20,
            max_bytes: None,
            time: Duration::from_secs(10),
            fuel: None,
            has_coverage: false,
        }
    }
}

impl Bounds {
    /// 256 MiB and 10 seconds a case.
    pub fn new() -> Self {
        Self::default()
    }

    /// The most bytes a case may hold: more is "not enough memory" to it.
    #[must_use]
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_bytes = bytes;
        self
    }

    /// A case that ends well and held more bytes than this at its peak fails all the same.
    #[must_use]
    pub fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// The longest a case may take.
    #[must_use]
    pub fn time_limit(mut self, time: Duration) -> Self {
        self.time = time;
        self
    }

    /// The most VM steps a case may take.
    #[must_use]
    pub fn fuel(mut self, steps: u64) -> Self {
        self.fuel = Some(steps);
        self
    }

    /// Counts how often each line runs, which costs time; see [`Outcome::coverage`].
    #[must_use]
    pub fn count_lines(mut self) -> Self {
        self.has_coverage = true;
        self
    }
}

/// What a case ran: file, line, and how often. Lines that could run and did not have 0.
pub type Hits = Vec<(String, u32, u64)>;

/// A case as its file declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The names of the blocks around it, and its own.
    pub name: String,
    /// The line on which it is declared; 0 if that is not known.
    pub line: i64,
    /// Whether it is not to be run for now.
    pub is_pending: bool,
}

/// A test file.
#[derive(Debug)]
pub struct Suite {
    /// The file's name, as it was given.
    pub path: String,
    /// Its cases, in the order in which it makes them.
    pub cases: Vec<Case>,
    /// Why the file cannot be used; then it has no cases.
    pub defect: Option<String>,
    program: Option<Program>,
    /// Engines whose regions begin as the file leaves one, each with the bodies of [`GROUP_CASES`]
    /// cases only. Without them, since the file keeps something that belongs to one region, every
    /// case runs the file again.
    engines: Vec<Engine>,
}

/// How many cases' bodies a region begins with: in a file of thousands, copying all of them would
/// take longer than a case does.
const GROUP_CASES: usize = 64;

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All it asserts holds.
    Success,
    /// It is not to be run for now.
    Pending,
    /// An assertion does not hold, or a rule was broken.
    Failure,
    /// Something else was raised, or a bound was reached.
    Error,
}

/// All there is to say of a case that ran.
#[derive(Debug)]
pub struct Outcome {
    /// In which way.
    pub ending: Ending,
    /// What went wrong, or why it is pending; may be empty.
    pub message: String,
    /// The two sides of a comparison that does not hold: expected, actual.
    pub values: Option<(String, String)>,
    /// The calls that led to an error; empty without one.
    pub traceback: String,
    /// What it wrote to standard output and standard error, up to 1 MiB.
    pub output: Vec<u8>,
    /// How long it took, the opening and closing of its region included.
    pub time: Duration,
    /// Bytes in use at its end, with all that its file made.
    pub used_bytes: usize,
    /// The most bytes in use.
    pub peak_bytes: usize,
    /// Which lines ran, if that was asked for and the case could end.
    pub coverage: Option<Hits>,
}

impl Outcome {
    /// Whether the case speaks against the code.
    pub fn is_failure(&self) -> bool {
        matches!(self.ending, Ending::Failure | Ending::Error)
    }

    fn of(ending: Ending, message: String) -> Self {
        Self {
            ending,
            message,
            values: None,
            traceback: String::new(),
            output: Vec::new(),
            time: Duration::ZERO,
            used_bytes: 0,
            peak_bytes: 0,
            coverage: None,
        }
    }
}

/// What all threads share: the engine and the runner's own programs.
#[derive(Debug)]
pub struct Runner {
    /// Its regions begin with the words of test files.
    engine: Engine,
    bounds: Bounds,
    /// Run before a file: counts lines.
    coverage: Option<Program>,
    /// Run after a file.
    adopt: Program,
    /// Run last: gets the number of a case.
    end: Program,
}

impl Runner {
    /// A runner with these bounds, whose files find all libraries.
    ///
    /// # Errors
    /// There is no memory for its programs.
    pub fn new(bounds: Bounds) -> Result<Self, OwnedError> {
        Self::on(&Engine::with_libraries(LibrarySet::ALL), bounds)
    }

    /// A runner on an engine of the host's, with its modules. Test files need the libraries `debug`
    /// and `package`; where `io` is chosen too, files that are left open are found.
    ///
    /// # Errors
    /// There is no memory for its programs, or a library is missing.
    pub fn on(engine: &Engine, bounds: Bounds) -> Result<Self, OwnedError> {
        let compile = |source: &str| engine.compile(SOURCE_NAME, source);
        let words = [
            compile(include_str!("lua/cases.lua"))?,
            compile(include_str!("lua/format.lua"))?,
            compile(include_str!("lua/assert.lua"))?,
        ];
        let coverage = bounds
            .has_coverage
            .then(|| compile(include_str!("lua/coverage.lua")))
            .transpose()?;
        let adopt = compile(include_str!("lua/adopt.lua"))?;
        let end = compile(include_str!("lua/end.lua"))?;
        let engine = engine.prepared(&RunOptions::new(), Arena::new(), |region| {
            words.iter().try_for_each(|program| region.eval(program))
        })?;
        Ok(Self {
            engine,
            bounds,
            coverage,
            adopt,
            end,
        })
    }

    /// Memory for one thread's cases.
    pub fn arena(&self) -> Arena {
        Arena::with_budget(self.bounds.memory_bytes)
    }

    fn options<'a>(&self, streams: &'a Capture) -> RunOptions<'a> {
        let options = RunOptions::new()
            .streams(streams)
            .time_limit(self.bounds.time);
        match self.bounds.fuel {
            Some(fuel) => options.fuel(fuel),
            None => options,
        }
    }

    /// Compiles a file and runs it, to learn of its cases. Whatever is wrong with it is its
    /// [`Suite::defect`].
    pub fn load(&self, path: &Path) -> Suite {
        let mut suite = Suite {
            path: path.display().to_string(),
            cases: Vec::new(),
            defect: None,
            program: None,
            engines: Vec::new(),
        };
        if let Err(defect) = self.load_into(&mut suite, path) {
            suite.defect = Some(defect);
        }
        suite
    }

    fn load_into(&self, suite: &mut Suite, path: &Path) -> Result<(), String> {
        let source =
            std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", suite.path))?;
        let program = self.engine.compile(suite.path.as_str(), &source);
        let program = program.map_err(|error| error.message().to_string())?;
        let cases = RefCell::new(None);
        let streams = Capture::default();
        let prepared =
            self.engine
                .prepared_series(&self.options(&streams), self.arena(), |region, images| {
                    region.eval::<()>(&program)?;
                    region.eval::<()>(&self.adopt)?;
                    let made = read_cases(region)?;
                    let count = made.len();
                    cases.replace(Some(made));
                    // Counting lines needs the whole file to run with each case.
                    if !self.bounds.has_coverage {
                        take_groups(region, count, images)?;
                    }
                    Ok(())
                });
        match (prepared, cases.into_inner()) {
            (Err(error), None) => {
                return Err(match error.traceback() {
                    Some(traceback) => format!("{}\n{traceback}", error.message()),
                    None => error.message().to_string(),
                });
            }
            (engines, cases) => {
                suite.engines = engines.unwrap_or_default();
                suite.cases = cases.unwrap_or_default();
            }
        }
        suite.program = Some(program);
        Ok(())
    }

    /// Runs the case with this index in a region of its own.
    pub fn run(&self, suite: &Suite, case: usize, arena: &mut Arena) -> Outcome {
        let Some(program) = &suite.program else {
            return Outcome::of(Ending::Error, String::from("the file did not compile"));
        };
        let engine = suite.engines.get(case / GROUP_CASES);
        // Lua counts from 1.
        let number = match engine {
            Some(_) => case % GROUP_CASES + 1,
            None => case + 1,
        };
        let number = number.to_string();
        let number = [number.as_bytes()];
        let end = Invocation {
            program: &self.end,
            args: &number,
            args_table: None,
        };
        let plain = |program| Invocation {
            program,
            args: &[],
            args_table: None,
        };
        let mut programs = Vec::new();
        if engine.is_none() {
            programs.extend(self.coverage.iter().map(plain));
            programs.extend([plain(program), plain(&self.adopt)]);
        }
        programs.push(end);
        let streams = Capture::default();
        let result = RefCell::new(None);
        let used = Cell::new((0, 0));
        let out = Bump::new();
        let started = Instant::now();
        let ended = engine.unwrap_or(&self.engine).run(
            &self.options(&streams),
            arena,
            &out,
            |_| Ok(()),
            &programs,
            |region| {
                let memory = region.stats().memory;
                used.set((memory.used_bytes, memory.peak_bytes));
                result.replace(read_result(region, self.bounds.has_coverage).ok());
            },
        );
        let time = started.elapsed();
        let mut outcome = match (ended, result.into_inner().flatten()) {
            (Err(error), result) => Outcome {
                coverage: result.and_then(|result| result.coverage),
                ..outcome_of(&error)
            },
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Outcome::of(
                Ending::Error,
                String::from("the case ended without a result"),
            ),
        };
        outcome.time = time;
        outcome.output = streams.0.into_inner();
        (outcome.used_bytes, outcome.peak_bytes) = used.get();
        if let Some(max) = self.bounds.max_bytes
            && !outcome.is_failure()
            && outcome.peak_bytes > max
        {
            outcome.ending = Ending::Failure;
            outcome.message = format!("used {} bytes, {max} are allowed", outcome.peak_bytes);
        }
        outcome
    }
}

/// What an error that the case could not catch says of it.
fn outcome_of(error: &Error<'_>) -> Outcome {
    let message = match error.kind() {
        ErrorKind::Exit => String::from("the file called os.exit"),
        _ => error.to_string(),
    };
    let traceback = error.traceback().map(|text| text.to_string());
    Outcome {
        traceback: traceback.unwrap_or_default(),
        ..Outcome::of(Ending::Error, message)
    }
}

/// The table that the runner's Lua code keeps its results in.
fn results<'r>(region: Region<'r, '_>) -> Result<Table<'r>, Error<'r>> {
    let package: Table<'_> = region.global("package")?;
    let loaded: Table<'_> = region.raw_get(package, "loaded")?;
    region.raw_get(loaded, "lunette.test")
}

/// The cases that a file made. Their names are dropped: no case needs them to run.
fn read_cases<'r>(region: Region<'r, '_>) -> Result<Vec<Case>, Error<'r>> {
    let test = results(region)?;
    let names: Table<'_> = region.raw_get(test, "names")?;
    let lines: Table<'_> = region.raw_get(test, "lines")?;
    let pending: Table<'_> = region.raw_get(test, "pending")?;
    let mut cases = Vec::new();
    for number in 1..=names.raw_len() {
        cases.push(Case {
            name: region.raw_get(names, number)?,
            line: region.raw_get(lines, number)?,
            is_pending: region.raw_get(pending, number)?,
        });
    }
    region.raw_set(test, "names", Value::NIL)?;
    region.raw_set(test, "lines", Value::NIL)?;
    Ok(cases)
}

/// Takes an image of the region for each group of the `count` cases that the file made, in which
/// the runner's lists have those cases only.
fn take_groups<'r>(
    region: Region<'r, '_>,
    count: usize,
    images: &mut Images<'r>,
) -> Result<(), Unprepared<'r>> {
    if count <= GROUP_CASES {
        return Ok(images.take()?);
    }
    let test = results(region)?;
    let mut lists = Vec::new();
    for name in ["bodies", "blocks", "pending"] {
        let all: Table<'_> = region.raw_get(test, name)?;
        lists.push((name, all));
    }
    for first in (0..count).step_by(GROUP_CASES) {
        for (name, all) in &lists {
            let group = first..count.min(first + GROUP_CASES);
            let values = group.map(|case| all.raw_get_int(case as i64 + 1));
            region.raw_set(test, *name, region.list(values)?)?;
        }
        images.take()?;
    }
    Ok(())
}

fn read_result<'r>(
    region: Region<'r, '_>,
    has_coverage: bool,
) -> Result<Option<Outcome>, Error<'r>> {
    let test = results(region)?;
    let coverage = has_coverage.then(|| read_coverage(region, test));
    let value: Value<'_> = region.raw_get(test, "result")?;
    let Some(result) = value.as_table() else {
        return Ok(None);
    };
    let ending = match text(region, result, "kind")?.as_str() {
        "success" => Ending::Success,
        "pending" => Ending::Pending,
        "failure" => Ending::Failure,
        _ => Ending::Error,
    };
    let expected: Value<'_> = region.raw_get(result, "expected")?;
    let values = if expected.is_nil() {
        None
    } else {
        let sides = (
            text(region, result, "expected")?,
            text(region, result, "actual")?,
        );
        Some(sides)
    };
    Ok(Some(Outcome {
        values,
        traceback: text(region, result, "traceback")?,
        coverage: coverage.transpose()?,
        ..Outcome::of(ending, text(region, result, "message")?)
    }))
}

/// The list that the runner's Lua code makes: file, line, count, and so on.
fn read_coverage<'r>(region: Region<'r, '_>, test: Table<'r>) -> Result<Hits, Error<'r>> {
    let list: Value<'_> = region.raw_get(test, "hits")?;
    let mut hits = Vec::new();
    let Some(list) = list.as_table() else {
        return Ok(hits);
    };
    for first in (1..=list.raw_len()).step_by(3) {
        let [file, line, count] = [0, 1, 2].map(|offset| list.raw_get_int(first + offset));
        let Unpacked::Str(file) = file.unpack() else {
            continue;
        };
        let line = line.as_int().and_then(|line| u32::try_from(line).ok());
        let count = count.as_int().and_then(|count| u64::try_from(count).ok());
        if let (Some(line), Some(count)) = (line, count) {
            hits.push((file.to_string(), line, count));
        }
    }
    Ok(hits)
}

/// A field as text; empty if there is none.
fn text<'r>(region: Region<'r, '_>, table: Table<'r>, key: &str) -> Result<String, Error<'r>> {
    let value: Value<'_> = region.raw_get(table, key)?;
    Ok(match value.unpack() {
        Unpacked::Nil => String::new(),
        Unpacked::Str(text) => text.to_string(),
        _ => region.to_text(value)?.to_string(),
    })
}

/// Keeps what a case writes; its standard input is empty.
#[derive(Default)]
struct Capture(RefCell<Vec<u8>>);

/// The most output of a case that is kept.
const OUTPUT_MAX_BYTES: usize = 1 << 20;

impl Streams for Capture {
    fn write_out(&self, bytes: &[u8]) -> io::Result<()> {
        let mut kept = self.0.borrow_mut();
        let room = OUTPUT_MAX_BYTES.saturating_sub(kept.len());
        kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Ok(())
    }

    fn write_err(&self, bytes: &[u8]) -> io::Result<()> {
        self.write_out(bytes)
    }

    fn flush_out(&self) -> io::Result<()> {
        Ok(())
    }

    fn read_in(&self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}
