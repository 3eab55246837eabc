//! How the results of a test run are shown.
#![forbid(unsafe_code)]

mod human;
mod json;
mod junit;
mod tap;

use std::io::{self, Write};
use std::time::Duration;

use super::Format;
use super::coverage::Coverage;
use lunette::testing::{Case, Ending, Outcome, Suite};

/// A way to show results. Failing writes are told at the end.
pub(super) trait Report: Send {
    /// A file that cannot be used.
    fn defect(&mut self, path: &str, message: &str);
    /// A case that ran.
    fn case(&mut self, suite: &Suite, case: &Case, outcome: &Outcome);
    /// The cases with the highest peaks, in bytes, highest first.
    fn heaviest(&mut self, _cases: &[(usize, String)]) {}
    /// Which lines ran.
    fn coverage(&mut self, _coverage: &Coverage) {}
    /// The end.
    ///
    /// # Errors
    /// Of this or any earlier write.
    fn finish(&mut self, totals: &Totals) -> io::Result<()>;
}

/// Opens a report of `count` cases.
pub(super) fn open(
    format: Format,
    out: Box<dyn Write + Send>,
    count: usize,
    seed: Option<u64>,
    is_watched: bool,
) -> Box<dyn Report> {
    let out = Out {
        out,
        result: Ok(()),
    };
    match format {
        Format::Human => Box::new(human::Human::new(out, count, seed, is_watched)),
        Format::Tap => Box::new(tap::Tap::new(out, count)),
        Format::Junit => Box::new(junit::Junit::new(out)),
        Format::Json => Box::new(json::Json::new(out)),
    }
}

/// How many cases ended in which way.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub(super) successes: usize,
    pub(super) pending: usize,
    pub(super) failures: usize,
    pub(super) errors: usize,
    /// Files that could not be used.
    pub(super) broken: usize,
    /// Cases that did not run since another one failed.
    pub(super) skipped: usize,
    pub(super) time: Duration,
}

impl Totals {
    /// Counts one more.
    pub(super) fn count(&mut self, outcome: &Outcome) {
        *match outcome.ending {
            Ending::Success => &mut self.successes,
            Ending::Pending => &mut self.pending,
            Ending::Failure => &mut self.failures,
            Ending::Error => &mut self.errors,
        } += 1;
    }

    /// How many cases ran.
    pub(super) fn ran(&self) -> usize {
        self.successes + self.pending + self.failures + self.errors
    }

    /// Whether nothing speaks against the code.
    pub(super) fn is_success(&self) -> bool {
        self.failures + self.errors + self.broken == 0
    }
}

/// Where a report goes: keeps the first error for the end.
struct Out {
    out: Box<dyn Write + Send>,
    result: io::Result<()>,
}

impl Out {
    fn text(&mut self, text: &str) {
        if self.result.is_ok() {
            self.result = self.out.write_all(text.as_bytes());
        }
    }

    fn line(&mut self, text: &str) {
        self.text(text);
        self.text("\n");
    }

    fn finish(&mut self) -> io::Result<()> {
        std::mem::replace(&mut self.result, Ok(()))?;
        self.out.flush()
    }
}
