//! Floor 10: the command line. It uses the library as any host would, through its public names.
//!
//! - **Q1** The exit status is 0, 1 for an error in a script or file, 2 for bad usage; or what the
//!   script gave to `os.exit`.
//! - **Q2** What a script writes goes to standard output; what the command says of errors and
//!   statistics goes to standard error.
//!
//! Absent on purpose: anything that an embedder could not do as well.
#![forbid(unsafe_code)]

mod args;
mod check;
mod environment;
mod listing;
#[cfg(feature = "profile")]
mod profile;
mod prompt;
mod repl;
mod report;
mod run;
#[cfg(feature = "server")]
mod serve;
mod source;
mod streams;
mod test;

use std::ffi::OsString;
use std::process::ExitCode;

use args::{Cli, Command};

/// What a command ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Status(u8);

impl Status {
    const SUCCESS: Self = Self(0);
    const FAILURE: Self = Self(1);
    const USAGE: Self = Self(2);
}

/// Runs the command that `argv` asks for.
pub(crate) fn main(argv: Vec<OsString>) -> ExitCode {
    let cli = match Cli::from_args(&argv) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too. Nothing more can be said if that fails.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() {
                Status::USAGE.0
            } else {
                Status::SUCCESS.0
            });
        }
    };
    let status = match cli.command {
        None => run::run(&cli.run, &argv),
        Some(Command::Run(options)) => run::run(&options, &argv),
        #[cfg(feature = "server")]
        Some(Command::Serve(options)) => serve::serve(&options),
        Some(Command::Check { files }) => check::check(&files),
        Some(Command::Test(options)) => test::test(&options),
        Some(Command::Dis { file }) => listing::list(&file),
    };
    ExitCode::from(status.0)
}
