//! A JSON object a line: one for each case, and one at the end.
#![forbid(unsafe_code)]

use std::io;

use serde_json::json;

use super::{Out, Report, Totals};
use lunette::testing::{Case, Ending, Outcome, Suite};

pub(super) struct Json {
    out: Out,
}

impl Json {
    pub(super) fn new(out: Out) -> Self {
        Self { out }
    }
}

impl Report for Json {
    fn defect(&mut self, path: &str, message: &str) {
        let line = json!({ "event": "defect", "file": path, "message": message });
        self.out.line(&line.to_string());
    }

    fn case(&mut self, suite: &Suite, case: &Case, outcome: &Outcome) {
        let mut line = json!({
            "event": "case",
            "file": suite.path,
            "line": case.line,
            "name": case.name,
            "result": match outcome.ending {
                Ending::Success => "success",
                Ending::Pending => "pending",
                Ending::Failure => "failure",
                Ending::Error => "error",
            },
            "seconds": outcome.time.as_secs_f64(),
            "used_bytes": outcome.used_bytes,
            "peak_bytes": outcome.peak_bytes,
        });
        if !outcome.message.is_empty() {
            line["message"] = json!(outcome.message);
        }
        if outcome.is_failure() {
            if let Some((expected, actual)) = &outcome.values {
                line["expected"] = json!(expected);
                line["actual"] = json!(actual);
            }
            line["traceback"] = json!(outcome.traceback);
            line["output"] = json!(String::from_utf8_lossy(&outcome.output));
        }
        self.out.line(&line.to_string());
    }

    fn heaviest(&mut self, cases: &[(usize, String)]) {
        let cases: Vec<_> = cases
            .iter()
            .map(|(peak, name)| json!({ "name": name, "peak_bytes": peak }))
            .collect();
        self.out
            .line(&json!({ "event": "memory", "cases": cases }).to_string());
    }

    fn finish(&mut self, totals: &Totals) -> io::Result<()> {
        let line = json!({
            "event": "end",
            "successes": totals.successes,
            "pending": totals.pending,
            "failures": totals.failures,
            "errors": totals.errors,
            "broken_files": totals.broken,
            "not_run": totals.skipped,
            "seconds": totals.time.as_secs_f64(),
        });
        self.out.line(&line.to_string());
        self.out.finish()
    }
}
