//! What an engine's executions get unless a run says otherwise.
#![forbid(unsafe_code)]

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::RunOptions;
use crate::memory::{Arena, Budget};
use crate::vm::{Clock, FileSystem, Streams};

/// Bounds, streams, files, clock and seed of an engine; what is not set is as in
/// [`RunOptions::new`].
#[derive(Clone, Default)]
pub(super) struct Defaults {
    pub(super) memory_bytes: Option<usize>,
    pub(super) fuel: Option<u64>,
    pub(super) time_limit: Option<Duration>,
    pub(super) seed: Option<u64>,
    pub(super) streams: Option<Arc<dyn Streams + Send + Sync>>,
    pub(super) files: Option<Arc<dyn FileSystem + Send + Sync>>,
    pub(super) clock: Option<Arc<dyn Clock + Send + Sync>>,
}

impl Defaults {
    /// The options of a run that says nothing else.
    pub(super) fn options(&self) -> RunOptions<'_> {
        let mut options = RunOptions::new();
        if let Some(steps) = self.fuel {
            options = options.fuel(steps);
        }
        if let Some(limit) = self.time_limit {
            options = options.time_limit(limit);
        }
        if let Some(seed) = self.seed {
            options = options.random_seed(seed);
        }
        if let Some(streams) = &self.streams {
            options = options.streams(&**streams);
        }
        if let Some(files) = &self.files {
            options = options.files(&**files);
        }
        if let Some(clock) = &self.clock {
            options = options.clock(&**clock);
        }
        options
    }

    /// An empty arena with the bound of an execution.
    pub(super) fn arena(&self) -> Arena {
        let mut arena = Arena::new();
        if let Some(bytes) = self.memory_bytes {
            arena.set_budget(Budget::bytes(bytes));
        }
        arena
    }
}

impl fmt::Debug for Defaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Defaults")
            .field("memory_bytes", &self.memory_bytes)
            .field("fuel", &self.fuel)
            .field("time_limit", &self.time_limit)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}
