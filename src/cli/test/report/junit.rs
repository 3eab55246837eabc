//! JUnit's XML, as continuous integration reads it: a suite a file, a case a case.
#![forbid(unsafe_code)]

use std::fmt::Write;
use std::io;
use std::time::Duration;

use super::{Out, Report, Totals};
use lunette::testing::{Case, Ending, Outcome, Suite};

pub(super) struct Junit {
    out: Out,
    /// The suites that are complete.
    done: String,
    current: Option<Group>,
}

/// The cases of one file so far.
struct Group {
    path: String,
    cases: String,
    totals: Totals,
    time: Duration,
}

impl Group {
    fn new(path: &str) -> Self {
        Self {
            path: path.to_string(),
            cases: String::new(),
            totals: Totals::default(),
            time: Duration::ZERO,
        }
    }
}

impl Junit {
    pub(super) fn new(out: Out) -> Self {
        Self {
            out,
            done: String::new(),
            current: None,
        }
    }

    /// Ends the current file.
    fn settle(&mut self) {
        let Some(group) = self.current.take() else {
            return;
        };
        let totals = &group.totals;
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(
            self.done,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" \
             time=\"{:.6}\">\n{}  </testsuite>",
            escaped(&group.path),
            totals.ran() + totals.broken,
            totals.failures,
            totals.errors + totals.broken,
            totals.pending,
            group.time.as_secs_f64(),
            group.cases
        );
    }

    fn group(&mut self, path: &str) -> &mut Group {
        if self
            .current
            .as_ref()
            .is_some_and(|group| group.path != path)
        {
            self.settle();
        }
        self.current.get_or_insert_with(|| Group::new(path))
    }
}

/// Text that may stand in an attribute or between tags; what XML cannot hold becomes `?`.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push('\t'),
            c if c < ' ' || matches!(c, '\u{FFFE}' | '\u{FFFF}') => escaped.push('?'),
            c => escaped.push(c),
        }
    }
    escaped
}

impl Report for Junit {
    fn defect(&mut self, path: &str, message: &str) {
        let group = self.group(path);
        group.totals.broken += 1;
        let _ = writeln!(
            group.cases,
            "    <testcase name=\"(the file)\" classname=\"{}\">\n      \
             <error message=\"{}\"/>\n    </testcase>",
            escaped(path),
            escaped(message)
        );
    }

    fn case(&mut self, suite: &Suite, case: &Case, outcome: &Outcome) {
        let group = self.group(&suite.path);
        group.totals.count(outcome);
        group.time += outcome.time;
        let cases = &mut group.cases;
        let _ = writeln!(
            cases,
            "    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.6}\">",
            escaped(&case.name),
            escaped(&suite.path),
            escaped(&suite.path),
            case.line,
            outcome.time.as_secs_f64()
        );
        let mut details = outcome.message.clone();
        if let Some((expected, actual)) = &outcome.values {
            let _ = write!(details, "\nexpected:\n{expected}\nactual:\n{actual}");
        }
        if !outcome.traceback.is_empty() {
            let _ = write!(details, "\n{}", outcome.traceback);
        }
        let (message, details) = (escaped(&outcome.message), escaped(&details));
        let _ = match outcome.ending {
            Ending::Success => Ok(()),
            Ending::Pending => writeln!(cases, "      <skipped message=\"{message}\"/>"),
            Ending::Failure => {
                writeln!(
                    cases,
                    "      <failure message=\"{message}\">{details}</failure>"
                )
            }
            Ending::Error => {
                writeln!(
                    cases,
                    "      <error message=\"{message}\">{details}</error>"
                )
            }
        };
        if !outcome.output.is_empty() {
            let output = escaped(&String::from_utf8_lossy(&outcome.output));
            let _ = writeln!(cases, "      <system-out>{output}</system-out>");
        }
        cases.push_str("    </testcase>\n");
    }

    fn finish(&mut self, totals: &Totals) -> io::Result<()> {
        self.settle();
        self.out.line("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        self.out.line(&format!(
            "<testsuites tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.6}\">",
            totals.ran() + totals.broken,
            totals.failures,
            totals.errors + totals.broken,
            totals.pending,
            totals.time.as_secs_f64()
        ));
        let done = std::mem::take(&mut self.done);
        self.out.text(&done);
        self.out.line("</testsuites>");
        self.out.finish()
    }
}
