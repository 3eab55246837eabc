//! The Test Anything Protocol, version 14 (<https://testanything.org/>).
#![forbid(unsafe_code)]

use std::io;

use super::{Out, Report, Totals};
use lunette::testing::{Case, Ending, Outcome, Suite};

pub(super) struct Tap {
    out: Out,
    number: usize,
}

impl Tap {
    pub(super) fn new(mut out: Out, count: usize) -> Self {
        out.line("TAP version 14");
        out.line(&format!("1..{count}"));
        Self { out, number: 0 }
    }

    fn block(&mut self, key: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        self.out.line(&format!("  {key}: |-"));
        for line in text.lines() {
            self.out.line(&format!("    {line}"));
        }
    }
}

/// `#` begins a directive, and `\` escapes it.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('#', "\\#")
        .replace('\n', " ")
}

impl Report for Tap {
    fn defect(&mut self, path: &str, message: &str) {
        self.out.line(&format!("# {path} cannot be used"));
        for line in message.lines() {
            self.out.line(&format!("#   {line}"));
        }
    }

    fn case(&mut self, suite: &Suite, case: &Case, outcome: &Outcome) {
        self.number += 1;
        let word = if outcome.is_failure() { "not ok" } else { "ok" };
        let directive = match outcome.ending {
            Ending::Pending => format!(" # SKIP {}", escaped(&outcome.message)),
            _ => String::new(),
        };
        self.out.line(&format!(
            "{word} {} - {}: {}{directive}",
            self.number,
            escaped(&suite.path),
            escaped(&case.name)
        ));
        self.out.line("  ---");
        self.out.line(&format!(
            "  duration_ms: {:.3}",
            outcome.time.as_secs_f64() * 1e3
        ));
        self.out
            .line(&format!("  peak_bytes: {}", outcome.peak_bytes));
        if outcome.is_failure() {
            self.block("message", &outcome.message);
            if let Some((expected, actual)) = &outcome.values {
                self.block("expected", expected);
                self.block("actual", actual);
            }
            self.block("traceback", &outcome.traceback);
            self.block("output", &String::from_utf8_lossy(&outcome.output));
        }
        self.out.line("  ...");
    }

    fn finish(&mut self, totals: &Totals) -> io::Result<()> {
        if totals.broken > 0 {
            self.out
                .line(&format!("Bail out! {} files cannot be used", totals.broken));
        }
        self.out.finish()
    }
}
