//! How errors and statistics are shown on standard error.
#![forbid(unsafe_code)]

use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use lunette::{Error, KindUsage, OwnedError, RunStats, Unpacked};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const FAINT: Style = Style::new().dimmed();

/// Shows a message of the command itself, or of a script that could not be compiled.
pub(super) fn failure(message: &str) {
    show(message.as_bytes(), None);
}

/// Shows the error that ended a script: message and traceback, as PUC Lua's `lua` does.
pub(super) fn script_error(error: &Error<'_>) {
    let traceback = error.traceback();
    let traceback = traceback.as_ref().map(|text| text.as_bytes());
    match error.value().unpack() {
        Unpacked::Str(text) => show(text.as_bytes(), traceback),
        _ => show(error.to_string().as_bytes(), traceback),
    }
}

/// As [`script_error`], for an error that borrows nothing.
pub(super) fn owned_error(error: &OwnedError) {
    let traceback = error.traceback().map(str::as_bytes);
    show(error.message().as_bytes(), traceback);
}

fn show(message: &[u8], traceback: Option<&[u8]>) {
    let mut err = anstream::stderr().lock();
    let mut write = || -> io::Result<()> {
        write!(err, "{ERROR}lunette:{ERROR:#} ")?;
        err.write_all(message)?;
        err.write_all(b"\n")?;
        if let Some(traceback) = traceback {
            write!(err, "{FAINT}")?;
            err.write_all(traceback)?;
            writeln!(err, "{FAINT:#}")?;
        }
        Ok(())
    };
    // There is nowhere else to tell that standard error is closed.
    let _ = write();
}

/// How long the parts of a run took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    pub(super) compile: Duration,
    pub(super) open: Duration,
    pub(super) run: Duration,
    pub(super) close: Duration,
}

/// Shows what a run used; `kept_bytes` is what its arena keeps afterwards.
pub(super) fn statistics(
    stats: &RunStats,
    kinds: &[KindUsage],
    kept_bytes: Option<usize>,
    times: &Times,
) {
    let memory = &stats.memory;
    let mut used = vec![
        format!("{} bytes used", grouped(memory.used_bytes as u64)),
        format!("{} at peak", grouped(memory.peak_bytes as u64)),
        format!(
            "{} granted in {} chunks",
            grouped(memory.granted_bytes as u64),
            memory.chunk_count
        ),
    ];
    used.extend(kept_bytes.map(|bytes| format!("{} kept", grouped(bytes as u64))));
    let freed = [
        format!("{} bytes waiting", grouped(memory.free_bytes as u64)),
        format!("{} blocks used again", grouped(memory.reused_blocks)),
    ];
    let made = stats.objects.iter().filter(|(_, count)| *count > 0);
    let made: Vec<_> = made
        .map(|(name, count)| format!("{} {name}", grouped(*count)))
        .collect();
    let live = kinds.iter().filter(|kind| kind.objects > 0);
    let live: Vec<_> = live
        .map(|kind| {
            let (objects, bytes) = (grouped(kind.objects), grouped(kind.bytes as u64));
            format!("{objects} {} in {bytes} bytes", kind.name)
        })
        .collect();
    let spent = [
        format!("{:.1?} to compile", times.compile),
        format!("{:.1?} to open", times.open),
        format!("{:.1?} to run", times.run),
        format!("{:.1?} to close", times.close),
    ];
    let mut err = anstream::stderr().lock();
    let moved = &stats.evacuations;
    let moved = [
        format!("{} evacuations", grouped(moved.count)),
        format!("{} of them in place", grouped(moved.in_place)),
        format!("{} bytes copied", grouped(moved.copied_bytes)),
        format!("{} survived", grouped(moved.survived_bytes)),
        format!("{} reclaimed", grouped(moved.reclaimed_bytes)),
        format!("{:.1?} in all", moved.time),
        format!("{:.1?} the longest", moved.longest),
    ];
    let steps = [format!("{} VM steps", grouped(stats.steps))];
    for (name, parts) in [
        ("memory", &used[..]),
        ("free", &freed),
        ("moved", &moved),
        ("made", &made),
        ("alive", &live),
        ("steps", &steps),
        ("time", &spent),
    ] {
        // As above.
        let _ = writeln!(err, "{FAINT}{name:<8}{FAINT:#}{}", parts.join(", "));
    }
}

/// Shows lines of a table, the first of which is its head.
#[cfg(feature = "profile")]
pub(super) fn lines(lines: &[String]) {
    let mut err = anstream::stderr().lock();
    for (index, line) in lines.iter().enumerate() {
        // There is nowhere else to tell that standard error is closed.
        let _ = match index {
            0 => writeln!(err, "{FAINT}{line}{FAINT:#}"),
            _ => writeln!(err, "{line}"),
        };
    }
}

/// Decimal digits in groups of three.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1234567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
