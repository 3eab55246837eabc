//! What tests in Rust assert of arenas and runs.
#![forbid(unsafe_code)]

use bumpalo::Bump;

use super::super::{Engine, Program, RunOptions, RunStats};
use crate::error::OwnedError;
use crate::memory::Arena;

/// An arena for test cases: each finds it empty.
///
/// ```
/// use bumpalo::Bump;
/// use lunette::{Engine, testing::Fixture};
///
/// let engine = Engine::new();
/// let program = engine.compile("a.lua", "return #string.rep('x', 1000)")?;
/// let mut fixture = Fixture::new(1 << 20);
/// for _ in 0..3 {
///     let length = fixture.case(|arena| {
///         let out = Bump::new();
///         let length = engine.enter(arena, &out, |region| region.eval::<i64>(&program));
///         length.map_err(|error| error.to_owned_error())
///     });
///     assert_eq!(length?, 1000);
/// }
/// # Ok::<(), lunette::OwnedError>(())
/// ```
#[derive(Debug)]
pub struct Fixture {
    arena: Arena,
}

impl Fixture {
    /// A fixture whose runs hold at most `limit_bytes` bytes each.
    pub fn new(limit_bytes: usize) -> Self {
        Self {
            arena: Arena::with_budget(limit_bytes),
        }
    }

    /// Runs one case on the arena, and gives all of its memory back.
    ///
    /// # Panics
    /// The arena keeps memory that it cannot give back.
    pub fn case<R>(&mut self, case: impl FnOnce(&mut Arena) -> R) -> R {
        let result = case(&mut self.arena);
        self.arena.trim(0);
        assert_eq!(self.arena.kept_bytes(), 0, "the arena keeps memory");
        result
    }
}

/// Runs a program twice, each time on a fresh arena, and compares what the runs used: bytes,
/// objects by kind, VM steps. They differ if the program depends on something outside it, such as
/// the clock.
///
/// # Errors
/// The program raises one; or the runs differ, and the message says in what.
pub fn check_repeatable(engine: &Engine, program: &Program) -> Result<(), OwnedError> {
    let run = || -> Result<RunStats, OwnedError> {
        let (mut arena, out) = (Arena::new(), Bump::new());
        let result = engine.enter_with(&RunOptions::new(), &mut arena, &out, |region| {
            region.eval::<()>(program)?;
            Ok(region.stats())
        });
        result.map_err(|error| error.to_owned_error())
    };
    let (first, second) = (run()?, run()?);
    let mut differences = Vec::new();
    let mut compare = |what: &str, first: u64, second: u64| {
        if first != second {
            differences.push(format!("{what}: {first}, then {second}"));
        }
    };
    let (memory, other) = (&first.memory, &second.memory);
    compare(
        "bytes used",
        memory.used_bytes as u64,
        other.used_bytes as u64,
    );
    compare(
        "bytes at peak",
        memory.peak_bytes as u64,
        other.peak_bytes as u64,
    );
    compare("VM steps", first.steps, second.steps);
    for ((name, count), (_, other)) in first.objects.iter().zip(&second.objects) {
        compare(name, *count, *other);
    }
    if differences.is_empty() {
        return Ok(());
    }
    let message = format!("two runs differ: {}", differences.join("; "));
    Err(OwnedError::with_message(message))
}
