//! Results for people.
#![forbid(unsafe_code)]

use std::fs;
use std::io;

use anstyle::{AnsiColor, Style};
use similar::{ChangeTag, TextDiff};

use super::super::coverage::Coverage;
use super::{Out, Report, Totals};
use lunette::testing::{Case, Ending, Outcome, Suite};

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const MIDDLING: Style = AnsiColor::Yellow.on_default();
const STRONG: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// Characters of the bar of progress.
const BAR_WIDTH: usize = 30;
/// The least number of cases between two drawings of the bar.
const BAR_STEP: usize = 16;
/// The most lines of a case's output that are shown.
const OUTPUT_LINES_MAX: usize = 40;

pub(super) struct Human {
    out: Out,
    count: usize,
    done: usize,
    /// Whether somebody looks on: then there is a bar.
    is_watched: bool,
    seed: Option<u64>,
    failed: usize,
}

impl Human {
    pub(super) fn new(out: Out, count: usize, seed: Option<u64>, is_watched: bool) -> Self {
        Self {
            out,
            count,
            done: 0,
            is_watched,
            seed,
            failed: 0,
        }
    }

    fn draw_bar(&mut self) {
        if !self.is_watched || self.count == 0 {
            return;
        }
        let filled = BAR_WIDTH * self.done / self.count;
        let style = if self.failed > 0 { BAD } else { GOOD };
        let bar = format!(
            "\r{style}{}{style:#}{FAINT}{}{FAINT:#} {}/{}",
            "━".repeat(filled),
            "━".repeat(BAR_WIDTH - filled),
            self.done,
            self.count
        );
        self.out.text(&bar);
        // Nobody is told of a bar that cannot be drawn.
        let _ = self.out.out.flush();
    }

    fn clear_bar(&mut self) {
        if self.is_watched {
            self.out.text("\r\x1b[2K");
        }
    }

    fn indented(&mut self, text: &str, style: Style) {
        for line in text.lines() {
            self.out.line(&format!("    {style}{line}{style:#}"));
        }
    }

    fn source_line(&mut self, suite: &Suite, message: &str) {
        let Some((number, text)) = line_of(&suite.path, message) else {
            return;
        };
        self.out
            .line(&format!("    {FAINT}{number:>5} | {text}{FAINT:#}"));
    }

    fn difference(&mut self, expected: &str, actual: &str) {
        self.out.line(&format!(
            "    {GOOD}- expected{GOOD:#}  {BAD}+ actual{BAD:#}"
        ));
        let difference = TextDiff::from_lines(expected, actual);
        for change in difference.iter_all_changes() {
            let (sign, style) = match change.tag() {
                ChangeTag::Delete => ('-', GOOD),
                ChangeTag::Insert => ('+', BAD),
                ChangeTag::Equal => (' ', Style::new()),
            };
            let line = change.value().trim_end_matches('\n');
            self.out.line(&format!("    {style}{sign} {line}{style:#}"));
        }
    }
}

/// The first line of `path` that `message` names, and its number.
fn line_of(path: &str, message: &str) -> Option<(usize, String)> {
    let after = message.split(path).nth(1)?.strip_prefix(':')?;
    let digits = after.split(':').next()?;
    let number: usize = digits.parse().ok()?;
    let source = fs::read(path).ok()?;
    let source = String::from_utf8_lossy(&source);
    let text = source.lines().nth(number.checked_sub(1)?)?;
    Some((number, text.to_string()))
}

impl Report for Human {
    fn defect(&mut self, path: &str, message: &str) {
        self.clear_bar();
        self.failed += 1;
        self.out
            .line(&format!("{BAD}broken{BAD:#}  {STRONG}{path}{STRONG:#}"));
        self.indented(message, Style::new());
    }

    fn case(&mut self, suite: &Suite, case: &Case, outcome: &Outcome) {
        self.done += 1;
        if outcome.ending == Ending::Success {
            if self.done.is_multiple_of(BAR_STEP) || self.done == self.count {
                self.draw_bar();
            }
            return;
        }
        self.clear_bar();
        let (style, word) = match outcome.ending {
            Ending::Success => (GOOD, "ok"),
            Ending::Pending => (MIDDLING, "pending"),
            Ending::Failure => (BAD, "failed"),
            Ending::Error => (BAD, "error"),
        };
        let place = format!("{}:{}", suite.path, case.line);
        let used = format!(
            "{:.1?}, {} at peak",
            outcome.time,
            bytes(outcome.peak_bytes)
        );
        self.out.line(&format!(
            "{style}{word}{style:#}  {STRONG}{}{STRONG:#} {FAINT}{place}, {used}{FAINT:#}",
            case.name,
        ));
        if outcome.is_failure() {
            self.failed += 1;
            self.indented(&outcome.message, Style::new());
            self.source_line(suite, &outcome.message);
            if let Some((expected, actual)) = &outcome.values {
                self.difference(expected, actual);
            }
            if outcome.ending == Ending::Error {
                self.indented(&outcome.traceback, FAINT);
            }
            let output = String::from_utf8_lossy(&outcome.output);
            if !output.is_empty() {
                self.out.line("    its output:");
                for line in output.lines().take(OUTPUT_LINES_MAX) {
                    self.out.line(&format!("    {FAINT}|{FAINT:#} {line}"));
                }
                let more = output.lines().count().saturating_sub(OUTPUT_LINES_MAX);
                if more > 0 {
                    self.out
                        .line(&format!("    {FAINT}| ... and {more} lines more{FAINT:#}"));
                }
            }
        } else if !outcome.message.is_empty() {
            self.indented(&outcome.message, FAINT);
        }
        self.draw_bar();
    }

    fn heaviest(&mut self, cases: &[(usize, String)]) {
        self.clear_bar();
        self.out.line("the most memory at peak:");
        for (peak, name) in cases {
            self.out.line(&format!("  {:>12}  {name}", bytes(*peak)));
        }
    }

    fn coverage(&mut self, coverage: &Coverage) {
        self.clear_bar();
        self.out.line("lines that ran:");
        let (mut hits, mut lines) = (0, 0);
        for (file, hit, count) in coverage.by_file() {
            hits += hit;
            lines += count;
            self.out.line(&format!(
                "  {:>6}  {file} ({hit} of {count})",
                percent(hit, count)
            ));
        }
        self.out
            .line(&format!("  {:>6}  in all", percent(hits, lines)));
    }

    fn finish(&mut self, totals: &Totals) -> io::Result<()> {
        self.clear_bar();
        let mut parts = vec![format!("{GOOD}{} passed{GOOD:#}", totals.successes)];
        for (count, style, word) in [
            (totals.failures, BAD, "failed"),
            (totals.errors, BAD, "with errors"),
            (totals.broken, BAD, "files broken"),
            (totals.pending, MIDDLING, "pending"),
            (totals.skipped, MIDDLING, "not run"),
        ] {
            if count > 0 {
                parts.push(format!("{style}{count} {word}{style:#}"));
            }
        }
        let mut line = format!("{} in {:.1?}", parts.join(", "), totals.time);
        if let Some(seed) = self.seed {
            line += &format!(" (--shuffle={seed})");
        }
        self.out.line(&line);
        self.out.finish()
    }
}

fn percent(part: usize, whole: usize) -> String {
    if whole == 0 {
        return String::from("-");
    }
    format!("{:.1}%", 100.0 * part as f64 / whole as f64)
}

/// Bytes with a unit.
fn bytes(count: usize) -> String {
    match count {
        0..10_000 => format!("{count} B"),
        10_000..10_240_000 => format!("{} KiB", count >> 10),
        _ => format!("{} MiB", count >> 20),
    }
}
