//! Lua test files among the tests of a Rust package.
#![forbid(unsafe_code)]

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use super::{Bounds, Ending, Outcome, Runner, files};

/// Runs the Lua test files that `paths` name (files, or folders to look for them in) as tests of
/// the package, a test a case, with the arguments and the output of Rust's own test harness.
///
/// To be called from a test target with `harness = false`:
///
/// ```no_run
/// // tests/lua.rs
/// use lunette::testing;
///
/// fn main() -> std::process::ExitCode {
///     testing::main(&["tests/lua"], testing::Bounds::new())
/// }
/// ```
pub fn main<P: AsRef<Path>>(paths: &[P], bounds: Bounds) -> ExitCode {
    let arguments = Arguments::from_args();
    let paths: Vec<_> = paths
        .iter()
        .map(|path| path.as_ref().to_path_buf())
        .collect();
    match trials(&paths, bounds) {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn trials(paths: &[std::path::PathBuf], bounds: Bounds) -> Result<Vec<Trial>, String> {
    let runner = Runner::new(bounds).map_err(|error| error.to_string())?;
    let runner = Arc::new(runner);
    let mut trials = Vec::new();
    for path in files(paths)? {
        let suite = Arc::new(runner.load(&path));
        if let Some(defect) = suite.defect.clone() {
            trials.push(Trial::test(suite.path.clone(), move || {
                Err(Failed::from(defect))
            }));
        }
        for (index, case) in suite.cases.iter().enumerate() {
            let name = format!("{}: {}", suite.path, case.name);
            let (runner, suite) = (Arc::clone(&runner), Arc::clone(&suite));
            let is_pending = case.is_pending;
            let trial = Trial::test(name, move || {
                let outcome = runner.run(&suite, index, &mut runner.arena());
                match outcome.ending {
                    Ending::Success | Ending::Pending => Ok(()),
                    Ending::Failure | Ending::Error => Err(Failed::from(described(&outcome))),
                }
            });
            trials.push(trial.with_ignored_flag(is_pending));
        }
    }
    Ok(trials)
}

fn described(outcome: &Outcome) -> String {
    let mut text = outcome.message.clone();
    if let Some((expected, actual)) = &outcome.values {
        text += &format!("\nexpected: {expected}\nactual: {actual}");
    }
    for part in [
        &*outcome.traceback,
        &*String::from_utf8_lossy(&outcome.output),
    ] {
        if !part.is_empty() {
            text += "\n";
            text += part;
        }
    }
    text
}
