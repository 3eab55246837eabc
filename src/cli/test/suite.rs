//! A test file, and the running of its cases.
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use bumpalo::Bump;
use lunette::{
    Arena, Engine, Error, ErrorKind, Invocation, OwnedError, Program, Region, RunOptions, Streams,
    Table, Unpacked, Value,
};

use super::coverage::Hits;

/// The name of the runner's own Lua code in messages.
const SOURCE_NAME: &str = "=(lunette test)";

/// What a case may use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) memory_bytes: usize,
    /// A case whose peak is above this fails.
    pub(super) max_bytes: Option<usize>,
    pub(super) time: Duration,
    pub(super) fuel: Option<u64>,
    pub(super) has_coverage: bool,
}

/// A case as its file declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Case {
    /// The names of the blocks around it and its own.
    pub(super) name: String,
    /// Where it is declared.
    pub(super) line: i64,
}

/// A test file.
#[derive(Debug)]
pub(super) struct Suite {
    pub(super) path: String,
    pub(super) cases: Vec<Case>,
    /// Why the file cannot be used.
    pub(super) defect: Option<String>,
    program: Option<Program>,
    /// An engine whose regions begin as the file leaves one. Without it, since the file keeps
    /// something that belongs to one region, every case runs the file again.
    engine: Option<Engine>,
}

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Success,
    Pending,
    /// An assertion does not hold, or a rule was broken.
    Failure,
    /// Something else was raised, or a bound was reached.
    Error,
}

/// All there is to say of a case that ran.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) ending: Ending,
    pub(super) message: String,
    /// The two sides of a comparison.
    pub(super) values: Option<(String, String)>,
    pub(super) traceback: String,
    /// What it wrote to standard output and standard error.
    pub(super) output: Vec<u8>,
    pub(super) time: Duration,
    pub(super) used_bytes: usize,
    pub(super) peak_bytes: usize,
    pub(super) coverage: Option<Hits>,
}

impl Outcome {
    /// Whether the case speaks against the code.
    pub(super) fn is_failure(&self) -> bool {
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
pub(super) struct Runner {
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
    /// A runner with these bounds.
    ///
    /// # Errors
    /// There is no memory for its programs.
    pub(super) fn new(bounds: Bounds) -> Result<Self, OwnedError> {
        let engine = Engine::new();
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
    pub(super) fn arena(&self) -> Arena {
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

    /// Compiles a file and learns of its cases.
    pub(super) fn load(&self, path: &Path) -> Suite {
        let mut suite = Suite {
            path: path.display().to_string(),
            cases: Vec::new(),
            defect: None,
            program: None,
            engine: None,
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
        let prepared = self
            .engine
            .prepared(&self.options(&streams), self.arena(), |region| {
                region.eval::<()>(&program)?;
                region.eval::<()>(&self.adopt)?;
                cases.replace(Some(read_cases(region)?));
                Ok(())
            });
        match (prepared, cases.into_inner()) {
            (Err(error), None) => {
                return Err(match error.traceback() {
                    Some(traceback) => format!("{}\n{traceback}", error.message()),
                    None => error.message().to_string(),
                });
            }
            // Counting lines needs the whole file to run with each case.
            (Ok(engine), cases) if !self.bounds.has_coverage => {
                suite.engine = Some(engine);
                suite.cases = cases.unwrap_or_default();
            }
            (_, cases) => suite.cases = cases.unwrap_or_default(),
        }
        suite.program = Some(program);
        Ok(())
    }

    /// Runs one case in a region of its own.
    pub(super) fn run(&self, suite: &Suite, case: usize, arena: &mut Arena) -> Outcome {
        let Some(program) = &suite.program else {
            return Outcome::of(Ending::Error, String::from("the file did not compile"));
        };
        // Lua counts from 1.
        let number = (case + 1).to_string();
        let number = [number.as_bytes()];
        let end = Invocation {
            program: &self.end,
            args: &number,
        };
        let plain = |program| Invocation { program, args: &[] };
        let mut programs = Vec::new();
        if suite.engine.is_none() {
            programs.extend(self.coverage.iter().map(plain));
            programs.extend([plain(program), plain(&self.adopt)]);
        }
        programs.push(end);
        let streams = Capture::default();
        let result = RefCell::new(None);
        let used = Cell::new((0, 0));
        let out = Bump::new();
        let started = Instant::now();
        let ended = suite.engine.as_ref().unwrap_or(&self.engine).run(
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

fn read_cases<'r>(region: Region<'r, '_>) -> Result<Vec<Case>, Error<'r>> {
    let list: Table<'_> = region.raw_get(results(region)?, "cases")?;
    let mut cases = Vec::new();
    for index in 1..=list.raw_len() {
        let case: Table<'_> = region.raw_get(list, index)?;
        cases.push(Case {
            name: text(region, case, "name")?,
            line: region.raw_get(case, "line")?,
        });
    }
    Ok(cases)
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
