//! `lunette run --memory-profile`: a flame graph of what a script allocated, and a table.
#![forbid(unsafe_code)]

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{BufWriter, Write};

use inferno::flamegraph::{self, Options};
use lunette::MemoryProfile;

use super::report::{self, grouped};

/// The file name that stands for no flame graph.
const NONE: &str = "-";
/// How many lines the table has at most.
const LINES_MAX: usize = 20;

/// A profile of a run, and where it goes.
pub(super) struct Profile<'a> {
    memory: MemoryProfile,
    file: &'a OsStr,
}

impl<'a> Profile<'a> {
    pub(super) fn new(file: &'a OsString) -> Self {
        let memory = MemoryProfile::new();
        Self { memory, file }
    }

    pub(super) fn of_memory(&self) -> &MemoryProfile {
        &self.memory
    }

    /// Prints the table, and draws the flame graph.
    ///
    /// # Errors
    /// The file cannot be written; a message for users.
    pub(super) fn finish(&self) -> Result<(), String> {
        report::lines(&self.table());
        if self.file == NONE {
            return Ok(());
        }
        let failed = |error: &dyn std::fmt::Display| {
            format!("cannot write {}: {error}", self.file.to_string_lossy())
        };
        let file = File::create(self.file).map_err(|error| failed(&error))?;
        let mut file = BufWriter::new(file);
        let lines = self.memory.folded();
        let mut options = Options::default();
        options.title = String::from("Memory by call path");
        options.count_name = String::from("bytes");
        // Where nothing was allocated there is nothing to draw, which is an error to `inferno`.
        if !lines.is_empty() {
            let lines = lines.iter().map(String::as_str);
            flamegraph::from_lines(&mut options, lines, &mut file)
                .map_err(|error| failed(&error))?;
        }
        file.flush().map_err(|error| failed(&error))
    }

    /// The functions that asked for most bytes.
    fn table(&self) -> Vec<String> {
        let entries = self.memory.entries();
        let total = self.memory.total_bytes().max(1);
        let mut lines = vec![format!(
            "{:>15} {:>6} {:>15} {:>12}  function",
            "own bytes", "%", "with calls", "requests"
        )];
        for entry in entries.iter().take(LINES_MAX) {
            let percent = entry.own_bytes as f64 * 100.0 / total as f64;
            lines.push(format!(
                "{:>15} {percent:>6.1} {:>15} {:>12}  {}",
                grouped(entry.own_bytes),
                grouped(entry.all_bytes),
                grouped(entry.count),
                entry.name
            ));
        }
        if entries.len() > LINES_MAX {
            lines.push(format!("{:>15} more", entries.len() - LINES_MAX));
        }
        lines
    }
}
