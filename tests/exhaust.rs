//! What happens when memory runs out, wherever it does: the N-th allocation of a script fails, for
//! every N, and budgets of every size are too small.
//!
//! Each run must end in a clean or caught error, after the output that a whole run begins with,
//! and leave an arena that serves the next run as if nothing had been. The two scripts of
//! `tests/exhaust` are swept through whole: together they use every library function and every
//! kind of object. Of the fixtures a few points each are tried; `LUNETTE_EXHAUST=1000` tries a
//! thousand each, `LUNETTE_EXHAUST=all` all of them.

mod support;

use std::cell::{Cell, RefCell};
use std::io;

use bumpalo::Bump;
use lunette::memory::FaultPlan;
use lunette::{
    Arena, Engine, Error, ErrorKind, Invocation, LibrarySet, Program, RunOptions, Streams,
};
use support::fixture::Fixture;
use support::{lua_files, root};

/// Points that are tried of each fixture, unless the environment says otherwise.
const FIXTURE_POINTS: u64 = if cfg!(debug_assertions) { 1 } else { 6 };
/// Points of the scripts of this test's own in debug builds, which are slow.
const DEBUG_POINTS: u64 = 400;
const FUEL: u64 = 20_000_000;
const INPUT: &[u8] = b"12 text\nline\nrest";

/// Keeps what is written; gives the input once.
#[derive(Default)]
struct Capture {
    output: RefCell<Vec<u8>>,
    given: Cell<bool>,
}

impl Streams for Capture {
    fn write_out(&self, bytes: &[u8]) -> io::Result<()> {
        self.output.borrow_mut().extend_from_slice(bytes);
        Ok(())
    }

    fn write_err(&self, _bytes: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn flush_out(&self) -> io::Result<()> {
        Ok(())
    }

    fn read_in(&self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given.replace(true) || buffer.len() < INPUT.len() {
            return Ok(0);
        }
        buffer[..INPUT.len()].copy_from_slice(INPUT);
        Ok(INPUT.len())
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ending {
    output: Vec<u8>,
    error: Option<(ErrorKind, String)>,
}

/// A script with what it takes to run it again and again.
struct Subject<'e> {
    engine: &'e Engine,
    name: String,
    program: Program,
    fuel: u64,
    arena: Arena,
}

impl<'e> Subject<'e> {
    /// `None` if the script is not Lua.
    fn new(engine: &'e Engine, name: &str, source: &str) -> Option<Self> {
        let name = name.to_owned();
        let program = engine.compile(&name, source).ok()?;
        Some(Self {
            engine,
            name,
            program,
            fuel: FUEL,
            arena: Arena::new(),
        })
    }

    /// Runs the script: called by the host, or as a whole program that may evacuate.
    fn run(&mut self, plan: &FaultPlan, is_whole: bool) -> Ending {
        let streams = Capture::default();
        let options = RunOptions::new()
            .streams(&streams)
            .fuel(self.fuel)
            .faults(plan);
        let options = if is_whole {
            options.evacuate_every(500)
        } else {
            options
        };
        let out = Bump::new();
        let arena = &mut self.arena;
        let result: Result<(), Error<'_>> = if is_whole {
            let program = &self.program;
            let invocation = Invocation { program, args: &[] };
            self.engine
                .run(&options, arena, &out, |_| Ok(()), &[invocation], |_| ())
        } else {
            self.engine.enter_with(&options, arena, &out, |region| {
                region.eval::<()>(&self.program)
            })
        };
        let error = result.err().map(|error| (error.kind(), error.to_string()));
        let output = streams.output.take();
        Ending { output, error }
    }

    /// The whole run, and how many allocations it takes.
    fn whole(&mut self, is_whole: bool) -> (Ending, u64) {
        let plan = FaultPlan::none();
        let ending = self.run(&plan, is_whole);
        (ending, plan.seen())
    }

    /// Lets allocations fail at up to `points` places, spread evenly; returns how many were tried.
    fn sweep(&mut self, points: u64, check: impl Fn(&str, &Ending, &Ending)) -> u64 {
        let mut tried = 0;
        for is_whole in [false, true] {
            let (expected, count) = self.whole(is_whole);
            let step = count.div_ceil(points).max(1);
            for number in (1..=count).step_by(step as usize) {
                for plan in [FaultPlan::once(number), FaultPlan::from(number)] {
                    let ending = self.run(&plan, is_whole);
                    let least = number - number / 10;
                    assert!(plan.seen() >= least, "{}: {plan:?}", self.name);
                    let place = format!("{}: {plan:?} of {count}, whole: {is_whole}", self.name);
                    check(&place, &expected, &ending);
                    tried += 1;
                }
            }
            // Whether a block grows where it is depends on the chunks that the arena has by now, so
            // the count may differ a little; the outcome may not.
            let (again, _) = self.whole(is_whole);
            assert_eq!(again, expected, "{}: the arena", self.name);
        }
        tried
    }
}

/// Where `found` leaves `expected`; `None` if it is the beginning of it.
fn difference(expected: &[u8], found: &[u8]) -> Option<usize> {
    let place = expected.iter().zip(found).position(|(a, b)| a != b);
    place.or((found.len() > expected.len()).then_some(expected.len()))
}

fn mentions_memory(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    text.contains("not enough memory") || text.contains("error in error handling")
}

/// The run ended as the whole run does, or for want of memory: after the same output up to there,
/// and what the script caught says so.
#[track_caller]
fn check_clean(place: &str, expected: &Ending, found: &Ending) {
    if let Some((kind, message)) = &found.error {
        let is_memory = matches!(kind, ErrorKind::Memory | ErrorKind::MemoryReserve);
        assert!(
            is_memory || mentions_memory(message.as_bytes()),
            "{place}: {kind:?}: {message}"
        );
    }
    let different = difference(&expected.output, &found.output);
    let Some(at) = different else {
        let is_whole = found.output.len() == expected.output.len();
        assert!(found.error.is_some() || is_whole, "{place}: output is cut");
        return;
    };
    let line = found.output[..at].iter().rposition(|byte| *byte == b'\n');
    let rest = &found.output[line.map_or(0, |line| line + 1)..];
    let is_told = mentions_memory(rest);
    assert!(is_told, "{place}:\n{}", String::from_utf8_lossy(rest));
}

/// Points to try of each script of this test's own.
fn own_points() -> u64 {
    if cfg!(debug_assertions) {
        DEBUG_POINTS
    } else {
        u64::MAX
    }
}

#[test]
fn every_allocation_of_a_script_may_fail() {
    let engine = Engine::with_libraries(LibrarySet::ALL);
    let source = include_str!("exhaust/plain.lua");
    let mut subject = Subject::new(&engine, "plain.lua", source).expect("it is Lua");
    let (whole, _) = subject.whole(false);
    assert_eq!(whole.error, None);
    let tried = subject.sweep(own_points(), |place, expected, found| {
        check_clean(place, expected, found);
        // Nothing is caught, so what was printed is the beginning of the whole.
        assert!(expected.output.starts_with(&found.output), "{place}");
    });
    println!("plain.lua: {tried} points");
}

#[test]
fn every_allocation_of_the_libraries_may_fail() {
    let engine = Engine::with_libraries(LibrarySet::ALL);
    let source = include_str!("exhaust/library.lua");
    let mut subject = Subject::new(&engine, "library.lua", source).expect("it is Lua");
    let (whole, _) = subject.whole(false);
    assert_eq!(whole.error, None);
    let tried = subject.sweep(own_points(), check_clean);
    println!("library.lua: {tried} points");
}

#[test]
fn the_swept_script_uses_every_library_function() {
    let names = "
        local names = {}
        for name, value in pairs(_G) do
          if type(value) == 'function' then names[#names + 1] = name end
          if type(value) == 'table' and value ~= _G and name ~= 'package' then
            for field, value in pairs(value) do
              if type(value) == 'function' then names[#names + 1] = name .. '.' .. field end
            end
          end
        end
        return table.concat(names, ' ')";
    let engine = Engine::with_libraries(LibrarySet::ALL);
    let program = engine.compile("names.lua", names).expect("it is Lua");
    let (mut arena, out) = (Arena::new(), Bump::new());
    let names = engine.enter(&mut arena, &out, |region| region.eval::<String>(&program));
    let names = names.expect("it runs");
    let source = include_str!("exhaust/library.lua");
    let missing: Vec<&str> = names
        .split(' ')
        .filter(|name| !source.contains(&format!("{name}(")) && !source.contains(*name))
        .collect();
    assert!(missing.is_empty(), "not swept: {}", missing.join(" "));
}

#[test]
fn every_budget_is_enough_or_an_error() {
    let engine = Engine::with_libraries(LibrarySet::ALL);
    let mut tried = 0;
    for (name, source) in [
        ("plain.lua", include_str!("exhaust/plain.lua")),
        ("library.lua", include_str!("exhaust/library.lua")),
    ] {
        let mut subject = Subject::new(&engine, name, source).expect("it is Lua");
        let (expected, _) = subject.whole(false);
        let step = if cfg!(debug_assertions) { 4096 } else { 256 };
        let mut budget = 0;
        loop {
            subject.arena.set_budget(lunette::Budget::bytes(budget));
            let ending = subject.run(&FaultPlan::none(), false);
            check_clean(&format!("{name} in {budget} bytes"), &expected, &ending);
            tried += 1;
            if ending == expected {
                break;
            }
            budget += step;
            assert!(budget < 64 << 20, "{name} is never content");
        }
        assert!(budget > 0);
    }
    println!("budgets: {tried} points");
}

#[test]
fn fixtures_end_cleanly_when_memory_runs_out() {
    let points = match std::env::var("LUNETTE_EXHAUST").as_deref() {
        Ok("all") => u64::MAX,
        Ok(text) => text.parse().expect("LUNETTE_EXHAUST is a number or `all`"),
        Err(_) => FIXTURE_POINTS,
    };
    let engine = Engine::with_libraries(LibrarySet::ALL);
    let mut tried = 0;
    for path in lua_files(&root().join("tests/scripts")) {
        let fixture = Fixture::read(&path);
        let is_large = fixture.path.iter().any(|part| part == "limits");
        if is_large && cfg!(debug_assertions) {
            continue;
        }
        let points = if is_large { points.min(3) } else { points };
        let Some(mut subject) = Subject::new(&engine, &fixture.name, &fixture.source) else {
            continue;
        };
        subject.fuel = fixture.fuel.unwrap_or(FUEL);
        if let Some(bytes) = fixture.memory {
            subject.arena.set_budget(lunette::Budget::bytes(bytes));
        }
        // A fixture may catch the error and say something of its own about it.
        tried += subject.sweep(points, |_, _, _| ());
    }
    println!("fixtures: {tried} points");
}
