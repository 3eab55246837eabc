//! Which cases run, and in what order.
#![forbid(unsafe_code)]

use bumpalo::Bump;
use lunette::{Arena, Engine, Error, Function, Value};

use lunette::testing::Suite;

/// One case to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Job {
    /// Index of the suite.
    pub(super) suite: usize,
    /// Index of the case in it.
    pub(super) case: usize,
    /// When its result is shown, counted from 0.
    pub(super) rank: usize,
}

/// The cases to be run, in the order in which they start.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) jobs: Vec<Job>,
    /// The same, in the order in which they are shown.
    ranked: Vec<Job>,
}

impl Plan {
    /// The cases of `suites` whose names match the Lua pattern `filter`, shuffled by `seed`.
    ///
    /// # Errors
    /// The pattern is malformed.
    pub(super) fn new(
        suites: &[Suite],
        filter: Option<&str>,
        seed: Option<u64>,
    ) -> Result<Self, String> {
        let mut jobs = Vec::new();
        for (index, suite) in suites.iter().enumerate() {
            let kept = match filter {
                None => vec![true; suite.cases.len()],
                Some(pattern) => matching(pattern, suite)?,
            };
            for (case, _) in kept.iter().enumerate().filter(|(_, is_kept)| **is_kept) {
                let rank = jobs.len();
                let suite = index;
                jobs.push(Job { suite, case, rank });
            }
        }
        let ranked = jobs.clone();
        if let Some(seed) = seed {
            fastrand::Rng::with_seed(seed).shuffle(&mut jobs);
        }
        Ok(Self { jobs, ranked })
    }

    /// The case whose result is the `rank`th.
    pub(super) fn by_rank(&self, rank: usize) -> Job {
        self.ranked[rank]
    }
}

/// Which cases of a suite match.
fn matching(pattern: &str, suite: &Suite) -> Result<Vec<bool>, String> {
    let engine = Engine::new();
    let mut arena = Arena::new();
    let out = Bump::new();
    let matched: Result<Vec<bool>, Error<'_>> = engine.enter(&mut arena, &out, |region| {
        let string: lunette::Table<'_> = region.global("string")?;
        let find: Function<'_> = region.raw_get(string, "find")?;
        let mut kept = Vec::new();
        for case in &suite.cases {
            let found: Value<'_> = find.call(region, (case.name.as_str(), pattern))?;
            kept.push(!found.is_nil());
        }
        Ok(kept)
    });
    matched.map_err(|error| format!("bad --filter: {error}"))
}
