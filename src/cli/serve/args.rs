//! The arguments of `lunette serve`.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::cli::args::{parse_size, parse_time};

/// The smallest buffer that hyper reads a request's head into.
const HEADER_BYTES_MIN: usize = 8 << 10;

#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct ServeArgs {
    /// A Lua file that returns a handler function, or a table of routes
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// The address to listen on; port 0 takes a free one, and the log says which
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(super) listen: String,
    /// Threads for handlers that take long, and for streams [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) workers: Option<u16>,
    /// Threads that read and write connections, and begin handlers [default: as many as workers]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) io_threads: Option<u16>,
    /// The most memory one request may hold
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = parse_size)]
    pub(super) memory_limit: usize,
    /// The longest a handler may run, and the longest a request may wait for its turn
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_time)]
    pub(super) time_limit: Duration,
    /// The most VM steps one request may take [default: no bound]
    #[arg(long, value_name = "STEPS")]
    pub(super) fuel: Option<u64>,
    /// The largest request body; a larger one is answered 413
    #[arg(long, value_name = "SIZE", default_value = "1MiB", value_parser = parse_size)]
    pub(super) max_body: usize,
    /// The largest head of a request, at least 8KiB; a larger one is answered 431
    #[arg(long, value_name = "SIZE", default_value = "16KiB", value_parser = parse_header_size)]
    pub(super) max_header: usize,
    /// The most requests that run or wait at a time; more are answered 503
    #[arg(
        long,
        value_name = "N",
        default_value_t = 256,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000)
    )]
    pub(super) max_requests: u32,
    /// The most open connections; more wait to be accepted
    #[arg(
        long,
        value_name = "N",
        default_value_t = 4096,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000)
    )]
    pub(super) max_connections: u32,
    /// The longest a client may take to send a head, to send a body, or to take what is written
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_time)]
    pub(super) client_timeout: Duration,
    /// On SIGTERM or SIGINT, how long requests may take to finish
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_time)]
    pub(super) grace: Duration,
    /// The most that the module `shared` holds
    #[arg(long, value_name = "SIZE", default_value = "16MiB", value_parser = parse_size)]
    pub(super) shared_limit: usize,
    /// Give the script only libraries that touch nothing outside: no files, no processes
    #[arg(long)]
    pub(super) safe: bool,
    /// Serve the file anew when it changes; a broken one leaves the old one in place
    #[arg(long)]
    pub(super) reload: bool,
    /// Answer GET /-/metrics in the format of Prometheus
    #[arg(long)]
    pub(super) metrics: bool,
    /// Answer errors of scripts with message and traceback: not for the public
    #[arg(long)]
    pub(super) dev: bool,
    /// How the log on standard error is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "plain")]
    pub(super) log_format: LogFormat,
    /// The least important messages that are logged; `debug` tells of each request
    #[arg(long, value_name = "LEVEL", value_enum, default_value = "info")]
    pub(super) log_level: LogLevel,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    Plain,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

fn parse_header_size(text: &str) -> Result<usize, String> {
    match parse_size(text)? {
        bytes if bytes < HEADER_BYTES_MIN => Err(String::from("less than 8KiB")),
        bytes => Ok(bytes),
    }
}
