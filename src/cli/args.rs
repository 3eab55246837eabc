//! The arguments of the command, and how sizes and times are written.
#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use clap::builder::Styles;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::test::TestArgs;

const HEADER: Style = AnsiColor::Green.on_default().bold();
const LITERAL: Style = AnsiColor::Cyan.on_default().bold();
const STYLES: Styles = Styles::styled()
    .header(HEADER)
    .usage(HEADER)
    .literal(LITERAL)
    .placeholder(AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "\
Examples:
  lunette run script.lua one two         run a file; `arg` and `...` hold one, two
  lunette script.lua                     the same, shorter
  lunette -e 'print(2^10)'               run a line of Lua
  generate | lunette -                   run what standard input holds
  lunette                                a prompt, if this is a terminal
  lunette -l util -i script.lua          require util, run a file, then the prompt
  lunette --sandbox script.lua           no files, no processes, no environment
  lunette --memory-limit 64MiB --time-limit 2s --stats script.lua
  lunette --memory-profile out.svg script.lua   what allocates how much, as a flame graph
  lunette check src/*.lua                look for syntax errors only
  lunette test                           run the test files below the working directory
  lunette serve handler.lua              answer HTTP requests on 127.0.0.1:8080
  lunette dis script.lua                 show the bytecode

Environment: LUA_PATH, LUA_CPATH and LUA_INIT, or the same with _5_4 behind; -E ignores them.
Exit status: 0, 1 for an error in a script, 2 for bad usage, or what os.exit was given.";

/// The names of the commands.
const COMMANDS: [&str; 5] = ["run", "check", "test", "serve", "dis"];

/// Runs Lua 5.4 in a region: one bounded piece of memory for all that a run allocates.
#[derive(Debug, Parser)]
#[command(
    name = "lunette",
    version,
    styles = STYLES,
    after_help = EXAMPLES,
    max_term_width = 100,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) run: RunArgs,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run a script; `lunette FILE` is short for it
    Run(RunArgs),
    /// Look for syntax errors, without running anything
    Check {
        /// Lua files, or `-` for standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<OsString>,
    },
    /// Run the cases of Lua test files, each in a region of its own
    Test(TestArgs),
    /// Serve HTTP: each request runs a script's handler in a region of its own
    #[cfg(feature = "server")]
    Serve(super::serve::ServeArgs),
    /// Show the bytecode of a script
    Dis {
        /// A Lua file, or `-` for standard input
        #[arg(value_name = "FILE")]
        file: OsString,
    },
}

#[derive(Args, Debug, Default)]
pub(super) struct RunArgs {
    /// Run CODE, before FILE if there is one; may be given again
    #[arg(short = 'e', value_name = "CODE", allow_hyphen_values = true)]
    pub(super) code: Vec<OsString>,
    /// Require MODULE into the global of its name, or of the name before `=`; may be given again
    #[arg(short = 'l', value_name = "[NAME=]MODULE")]
    pub(super) modules: Vec<OsString>,
    /// Those of `-e` and `-l`, in the order of the command line.
    #[arg(skip)]
    pub(super) preludes: Vec<Prelude>,
    /// Go on with a prompt after everything else
    #[arg(short = 'i')]
    pub(super) interactive: bool,
    /// Say which version this is
    #[arg(short = 'v')]
    pub(super) shows_version: bool,
    /// Show what scripts warn of
    #[arg(short = 'W')]
    pub(super) warnings: bool,
    /// Ignore the environment: LUA_PATH, LUA_CPATH, LUA_INIT
    #[arg(short = 'E')]
    pub(super) no_environment: bool,
    /// Keep scripts from files, processes and the environment; they have the rest of the library
    #[arg(long)]
    pub(super) sandbox: bool,
    /// Make runs repeatable: the clock stands still and random numbers have a fixed seed
    #[arg(long)]
    pub(super) deterministic: bool,
    /// The most memory the run may hold, as in 64MiB, 500KB or 1048576
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(super) memory_limit: Option<usize>,
    /// The most VM steps the run may take: calls, loop iterations, work in the library
    #[arg(long, value_name = "STEPS")]
    pub(super) fuel: Option<u64>,
    /// The longest the run may take, as in 2s, 500ms or 1m
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(super) time_limit: Option<Duration>,
    /// Print to standard error what the run used
    #[arg(long)]
    pub(super) stats: bool,
    /// Print to standard error what allocated most, and draw a flame graph of it into FILE (`-` for
    /// none)
    #[cfg(feature = "profile")]
    #[arg(long, value_name = "FILE.svg")]
    pub(super) memory_profile: Option<OsString>,
    /// Evacuate every so many steps, to test the VM
    #[arg(long, hide = true, value_name = "STEPS")]
    pub(super) evacuate_every: Option<u32>,
    /// A Lua file, or `-` for standard input, and what the script finds in `arg` and `...`
    // One list, so that what follows the file is the script's, options too.
    #[arg(
        value_names = ["FILE", "ARGS"],
        num_args = 1..,
        trailing_var_arg = true
    )]
    pub(super) script: Vec<OsString>,
}

/// What is run before a script.
#[derive(Clone, Debug)]
pub(super) enum Prelude {
    Code(OsString),
    Module(OsString),
}

impl Cli {
    /// Parses the arguments of the process.
    ///
    /// # Errors
    /// They are not understood, or ask for help.
    pub(super) fn from_args(argv: &[OsString]) -> Result<Self, clap::Error> {
        match Self::plain(argv) {
            Some(cli) => Ok(cli),
            None => Self::parse_all(argv),
        }
    }

    /// The plain ways to run something, `run FILE ARGS`, `FILE ARGS` and `-e CODE`, understood
    /// without clap: what it builds to understand any command is a sixth of the memory that a small
    /// script needs. `None` for all others.
    fn plain(argv: &[OsString]) -> Option<Self> {
        let is_word = |arg: &OsString| {
            let bytes = arg.as_encoded_bytes();
            !bytes.is_empty() && bytes[0] != b'-'
        };
        let is_command = |arg: &OsString| COMMANDS.iter().any(|name| arg == name);
        if argv.iter().any(|arg| arg == "--") {
            return None;
        }
        let run = |script: &[OsString]| RunArgs {
            script: script.to_vec(),
            ..RunArgs::default()
        };
        let (command, run) = match argv {
            [_, option, code] if option == "-e" && (is_word(code) || code.is_empty()) => {
                let code = vec![code.clone()];
                let preludes = code.iter().cloned().map(Prelude::Code).collect();
                let run = RunArgs {
                    code,
                    preludes,
                    ..RunArgs::default()
                };
                (None, run)
            }
            [_, command, script @ ..] if command == "run" && is_word(script.first()?) => {
                (Some(Command::Run(run(script))), RunArgs::default())
            }
            [_, script @ ..] if is_word(script.first()?) && !is_command(script.first()?) => {
                (None, run(script))
            }
            _ => return None,
        };
        Some(Self { command, run })
    }

    fn parse_all(argv: &[OsString]) -> Result<Self, clap::Error> {
        let matches = Self::command().try_get_matches_from(argv)?;
        let mut cli = Self::from_arg_matches(&matches)?;
        cli.run.note_order(&matches);
        if let (Some(Command::Run(run)), Some(("run", matches))) =
            (&mut cli.command, matches.subcommand())
        {
            run.note_order(matches);
        }
        Ok(cli)
    }
}

impl RunArgs {
    /// Brings `-e` and `-l` into the order in which they were given.
    fn note_order(&mut self, matches: &ArgMatches) {
        let places = |id| matches.indices_of(id).into_iter().flatten();
        let code = self.code.iter().cloned().map(Prelude::Code);
        let modules = self.modules.iter().cloned().map(Prelude::Module);
        let mut placed: Vec<_> = places("code")
            .zip(code)
            .chain(places("modules").zip(modules))
            .collect();
        placed.sort_by_key(|(place, _)| *place);
        self.preludes = placed.into_iter().map(|(_, prelude)| prelude).collect();
    }
}

/// Splits `text` where its digits end.
fn split_unit(text: &str) -> (&str, &str) {
    let is_digit = |c: char| c.is_ascii_digit() || c == '.';
    let end = text.find(|c| !is_digit(c)).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number, unit.trim())
}

/// A count of bytes: a whole number with a unit, binary (KiB, MiB, GiB) or decimal (KB, MB, GB).
pub(super) fn parse_size(text: &str) -> Result<usize, String> {
    let (number, unit) = split_unit(text.trim());
    let factor: usize = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => {
            return Err(format!(
                "unknown unit `{unit}`: try KiB, MiB, GiB, KB, MB or GB"
            ));
        }
    };
    let number: usize = number
        .parse()
        .map_err(|_| String::from("expected a whole number with a unit, as in 64MiB"))?;
    number
        .checked_mul(factor)
        .ok_or_else(|| String::from("more bytes than there are addresses"))
}

/// A length of time: a number with a unit.
pub(super) fn parse_time(text: &str) -> Result<Duration, String> {
    let (number, unit) = split_unit(text.trim());
    let seconds = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "" => return Err(String::from("a unit is missing: try s, ms or m")),
        _ => return Err(format!("unknown unit `{unit}`: try s, ms or m")),
    };
    let number: f64 = number
        .parse()
        .map_err(|_| String::from("expected a number with a unit, as in 2s"))?;
    Duration::try_from_secs_f64(number * seconds).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn what_is_plain_means_what_clap_makes_of_it() {
        let commands = Cli::command();
        for command in commands.get_subcommands() {
            assert!(COMMANDS.contains(&command.get_name()), "{command}");
        }
        for line in [
            "run a.lua",
            "run a.lua one -e two --help -",
            "run run",
            "run check x",
            "a.lua",
            "a.lua -v --stats -e 1",
            "dir/a run -i",
            "-e print(1)",
            "-e ",
        ] {
            let argv: Vec<OsString> = core::iter::once("lunette")
                .chain(line.split(' '))
                .map(OsString::from)
                .collect();
            let plain = Cli::plain(&argv).map(|cli| format!("{cli:?}"));
            let parsed = Cli::parse_all(&argv).map(|cli| format!("{cli:?}"));
            assert_eq!(plain, parsed.ok(), "{line}");
            assert!(plain.is_some(), "{line}");
        }
        for line in [
            "", "run", "run -i a", "check a", "-e", "-e -v", "-", "a -- b", "-v",
        ] {
            let argv: Vec<OsString> = core::iter::once("lunette")
                .chain(line.split(' '))
                .map(OsString::from)
                .collect();
            assert!(Cli::plain(&argv).is_none(), "{line}");
        }
    }

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in [
            ("0", 0),
            ("4096", 4096),
            ("64KiB", 64 << 10),
            ("64MiB", 64 << 20),
            ("2gib", 2 << 30),
            ("10 MB", 10_000_000),
            ("3K", 3 << 10),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in ["", "MiB", "1.5MiB", "-1", "12parsecs", "99999999999GiB"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_have_units() {
        for (text, millis) in [("2s", 2000), ("500ms", 500), ("1.5s", 1500), ("1m", 60_000)] {
            let time = Duration::from_millis(millis);
            assert_eq!(parse_time(text), Ok(time), "{text}");
        }
        for text in ["", "2", "s", "-1s", "1e3s", "1.2.3s", "2 fortnights"] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }
}
