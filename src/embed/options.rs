//! The bounds and streams of one run.
#![forbid(unsafe_code)]

use std::fmt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::files::{ProcessFiles, SystemClock};
use super::streams::ProcessStreams;
use crate::memory::FaultPlan;
use crate::vm::{Clock, DeadlinePlan, FileSystem, FixedClock, Limits, MemoryProfile, Streams};

/// What one run may use, beside the memory of its arena.
///
/// Without a call of its methods there is no bound, and the script reads and writes the standard
/// streams of the process.
///
/// ```
/// use std::time::Duration;
/// use lunette::RunOptions;
///
/// let options = RunOptions::new()
///     .fuel(1_000_000)
///     .time_limit(Duration::from_millis(50));
/// # let _ = options;
/// ```
#[derive(Clone)]
pub struct RunOptions<'a> {
    fuel: Option<u64>,
    time_limit: Option<Duration>,
    deadline: Option<Instant>,
    cancel: Option<Arc<AtomicBool>>,
    on_look: Option<fn()>,
    evacuation_steps: Option<u32>,
    deadline_plan: Option<Arc<DeadlinePlan>>,
    pub(super) faults: Option<&'a FaultPlan>,
    pub(super) profile: Option<&'a MemoryProfile>,
    pub(super) streams: &'a dyn Streams,
    pub(super) files: &'a dyn FileSystem,
    pub(super) clock: &'a dyn Clock,
    pub(super) seed: Option<u64>,
}

impl<'a> RunOptions<'a> {
    /// No bounds, and the streams of the process.
    pub fn new() -> Self {
        Self {
            fuel: None,
            time_limit: None,
            deadline: None,
            cancel: None,
            on_look: None,
            evacuation_steps: stressed(),
            deadline_plan: None,
            faults: None,
            profile: None,
            streams: &ProcessStreams,
            files: &ProcessFiles,
            clock: &SystemClock,
            seed: None,
        }
    }

    /// At most this many VM steps: calls, loop iterations, and units of work in the library.
    #[must_use]
    pub fn fuel(mut self, steps: u64) -> Self {
        self.fuel = Some(steps);
        self
    }

    /// At most this long, from the moment that the region opens.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = Some(limit);
        self
    }

    /// No longer than until `deadline`.
    #[must_use]
    pub fn deadline(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Ends the run soon after another thread sets `flag`.
    #[must_use]
    pub fn cancel(mut self, flag: Arc<AtomicBool>) -> Self {
        self.cancel = Some(flag);
        self
    }

    /// Has `look` called whenever the VM looks at fuel, clock and cancellation: after 4,096 steps
    /// at the latest, also in library functions that take long, on the thread that runs the script.
    /// A host learns there that a run goes on, without stopping it; a panic of `look` is one of a
    /// host function.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU32, Ordering};
    /// use lunette::{Arena, Engine, NoStreams, RunOptions};
    ///
    /// static LOOKS: AtomicU32 = AtomicU32::new(0);
    /// let engine = Engine::new();
    /// let program = engine.compile("spin.lua", "for i = 1, 100000 do end")?;
    /// let options = RunOptions::new().on_look(|| {
    ///     LOOKS.fetch_add(1, Ordering::Relaxed);
    /// });
    /// let mut execution = engine.execution_with(&options, NoStreams, Arena::new())?;
    /// execution.eval::<()>(&program)?;
    /// assert!(LOOKS.load(Ordering::Relaxed) >= 100_000 / 4096);
    /// # Ok::<(), lunette::OwnedError>(())
    /// ```
    #[must_use]
    pub fn on_look(mut self, look: fn()) -> Self {
        self.on_look = Some(look);
        self
    }

    /// Evacuates every `steps` steps where that is possible at all, which is very slow: a test of
    /// the VM, and of nothing else.
    #[doc(hidden)]
    #[must_use]
    pub fn evacuate_every(mut self, steps: u32) -> Self {
        self.evacuation_steps = Some(steps);
        self
    }

    /// Has the run end at a certain look at the clock, whatever the clock says: for tests.
    #[doc(hidden)]
    #[must_use]
    pub fn deadline_plan(mut self, plan: Arc<DeadlinePlan>) -> Self {
        self.deadline_plan = Some(plan);
        self
    }

    /// Lets allocations fail as planned, and counts them: for tests.
    #[doc(hidden)]
    #[must_use]
    pub fn faults(mut self, plan: &'a FaultPlan) -> Self {
        self.faults = Some(plan);
        self
    }

    /// Notes in `profile` what the script allocates, and on which call path. Of
    /// [`Engine::enter`](super::Engine::enter) and [`Engine::run`](super::Engine::run); an
    /// [`Execution`](super::Execution) has no profile.
    #[must_use]
    pub fn memory_profile(mut self, profile: &'a MemoryProfile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// Gives the script these standard streams; see [`NoStreams`](crate::vm::NoStreams).
    #[must_use]
    pub fn streams(mut self, streams: &'a dyn Streams) -> Self {
        self.streams = streams;
        self
    }

    /// The same options with other streams.
    pub(super) fn with_streams<'b>(&self, streams: &'b dyn Streams) -> RunOptions<'b>
    where
        'a: 'b,
    {
        RunOptions {
            streams,
            ..self.clone()
        }
    }

    /// Gives the script these files, processes and environment instead of the process's own. Only
    /// libraries that can reach files ask for them; see
    /// [`LibrarySet`](crate::stdlib::LibrarySet).
    #[must_use]
    pub fn files(mut self, files: &'a dyn FileSystem) -> Self {
        self.files = files;
        self
    }

    /// Gives the script this clock instead of the system's.
    #[must_use]
    pub fn clock(mut self, clock: &'a dyn Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Seeds `math.random`, also where the engine's regions begin after a script that used it.
    /// Without a call of this every run draws the same numbers, until the script seeds it.
    #[must_use]
    pub fn random_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Makes runs repeatable: the clock stands still at the epoch, in UTC, and `math.random` starts
    /// from a fixed seed.
    #[must_use]
    pub fn deterministic(mut self) -> Self {
        self.clock = &FixedClock { now: 0 };
        self.seed = None;
        self
    }

    /// The bounds as the VM wants them; the time limit starts to run now.
    pub(super) fn limits(&self) -> Limits {
        // A limit beyond what the clock can hold is no limit.
        let limit = self.time_limit;
        let limit = limit.and_then(|limit| Instant::now().checked_add(limit));
        let deadline = match (limit, self.deadline) {
            (Some(limit), Some(deadline)) => Some(limit.min(deadline)),
            (limit, deadline) => limit.or(deadline),
        };
        Limits::new(self.fuel, deadline, self.cancel.clone())
            .on_look(self.on_look)
            .deadline_plan(self.deadline_plan.clone())
            .evacuate_every(self.evacuation_steps)
    }
}

/// Steps between two evacuations, where debug builds are told by `LUNETTE_EVACUATE_EVERY`: so
/// that any test can be run with objects that move all the time.
fn stressed() -> Option<u32> {
    static STEPS: OnceLock<Option<u32>> = OnceLock::new();
    if !cfg!(debug_assertions) {
        return None;
    }
    *STEPS.get_or_init(|| {
        let steps = std::env::var("LUNETTE_EVACUATE_EVERY").ok()?;
        steps.parse().ok()
    })
}

impl Default for RunOptions<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for RunOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunOptions")
            .field("fuel", &self.fuel)
            .field("time_limit", &self.time_limit)
            .field("deadline", &self.deadline)
            .field("cancel", &self.cancel)
            .finish_non_exhaustive()
    }
}
